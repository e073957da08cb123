"""Until when a player gets the first byte of what it asked for.

One deadline for all holds, retries and questions that a request causes. It is in force
for what runs in the block that set it, and in the tasks that are started there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType

from proxy.clock import Clock
from proxy.errors import UnreachableError
from proxy.timeouts import Timeout

FIRST_BYTE_SECONDS = 8.0
"""Players give up at 8 to 10 s without a first byte (hls.js: 10 s, for keys 8 s)."""

MEDIA_SECONDS = 12.0
"""The same for media. Players have some of it in store, and ask again themselves if
they lose patience (hls.js and GStreamer at 10 s), while VLC gives a recording up at the
first failure. A line that is cut for 10 s is outlasted so: a try that began just before
its end takes a second more, and none begins in the last half second."""

# Whoever waits within the deadline ends by itself, in words of its own. This is how
# much later everything else ends.
_GRACE_SECONDS = 0.25

_ANSWER_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """The end of a player's patience."""

    at: float
    """In monotonic seconds."""
    seconds: float = FIRST_BYTE_SECONDS
    """How long the player waits until then, from when it asked."""

    @classmethod
    def of(cls, now: float, seconds: float = FIRST_BYTE_SECONDS) -> "Deadline":
        """Return the deadline of a request that arrives now."""
        return cls(now + seconds, seconds)

    def left(self, now: float) -> float:
        """Return how many seconds are left; never less than none."""
        return max(0.0, self.at - now)

    def allows_another(self, now: float) -> bool:
        """Tell whether there is time for another question and its answer.

        With less, the failure before it would be told as silence.
        """
        return self.left(now) >= _ANSWER_SECONDS


_in_force: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_patient: ContextVar[bool] = ContextVar("patient", default=True)


def deadline_at(now: float) -> Deadline:
    """Return the deadline in force; if none is, that of a request that arrives now."""
    return _in_force.get() or Deadline.of(now)


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Put the deadline in force for the block."""
    before = _in_force.set(deadline)
    try:
        yield
    finally:
        _in_force.reset(before)


def is_patient() -> bool:
    """Tell whether failures that may pass are to be waited out within the deadline."""
    return _patient.get()


@contextmanager
def hasty() -> Iterator[None]:
    """Let failures in the block be told at once: something else will do."""
    before = _patient.set(False)
    try:
        yield
    finally:
        _patient.reset(before)


@contextmanager
def for_all() -> Iterator[None]:
    """Let what is started in the block depend on no single request."""
    before, patient = _in_force.set(None), _patient.set(True)
    try:
        yield
    finally:
        _in_force.reset(before)
        _patient.reset(patient)


class InTime:
    """A block that ends when the deadline is over: it raises UnreachableError.

    Without a deadline it is that in force, if there is one. Entering yields the limit,
    to be rescheduled for what may take longer.
    """

    def __init__(self, clock: Clock, deadline: Deadline | None = None) -> None:
        now = clock.mono()
        self._deadline = deadline or deadline_at(now)
        self._limit = clock.timeout(self._deadline.left(now) + _GRACE_SECONDS)

    async def __aenter__(self) -> Timeout:
        self._before = _in_force.set(self._deadline)
        return await self._limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _in_force.reset(self._before)
        try:
            await self._limit.__aexit__(kind, error, trace)
        except TimeoutError:
            words = f"nothing came within {self._deadline.seconds:.0f} s"
            raise UnreachableError(words, timed_out=True) from None
