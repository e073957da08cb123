"""The deadline for sending a player the first byte of its answer.

One deadline covers all waits, retries and upstream requests that a player's request
causes. It applies to the code in the block that set it, and to tasks started there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType

from proxy.clock import Clock
from proxy.core.values import value
from proxy.errors import UnreachableError
from proxy.timeouts import Timeout

FIRST_BYTE_SECONDS = 8.0
"""Players give up at 8 to 10 s without a first byte (hls.js: 10 s, for keys 8 s)."""

MEDIA_SECONDS = 12.0
"""The same for media. Players have some media buffered, and retry by themselves after a
timeout (hls.js and GStreamer at 10 s). VLC gives up a recording at the first failure.
With 12 s, a network cut of 10 s is survived: a try that began just before its end takes
a second more, and none begins in the last half second."""

# Code that waits within the deadline stops by itself, with its own error. Everything
# else is stopped this much later.
_GRACE_SECONDS = 0.25

_ANSWER_SECONDS = 0.5


@value
class Deadline:
    """The time until which a player waits."""

    at: float
    """The deadline in monotonic seconds."""
    seconds: float = FIRST_BYTE_SECONDS
    """The time from the request to the deadline."""

    @classmethod
    def of(cls, now: float, seconds: float = FIRST_BYTE_SECONDS) -> "Deadline":
        """Return the deadline of a request that arrives now."""
        return cls(now + seconds, seconds)

    def left(self, now: float) -> float:
        """Return how many seconds are left, never less than 0."""
        return max(0.0, self.at - now)

    def allows_another(self, now: float) -> bool:
        """Return whether there is time for another request and its answer.

        With less time, a timeout would be reported instead of the actual failure.
        """
        return self.left(now) >= _ANSWER_SECONDS


_in_force: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_patient: ContextVar[bool] = ContextVar("patient", default=True)


def deadline_at(now: float) -> Deadline:
    """Return the deadline in force; if there is none, as for a request arriving now."""
    return _in_force.get() or Deadline.of(now)


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Apply the deadline to the block."""
    before = _in_force.set(deadline)
    try:
        yield
    finally:
        _in_force.reset(before)


def is_patient() -> bool:
    """Return whether temporary failures should be retried within the deadline."""
    return _patient.get()


@contextmanager
def hasty() -> Iterator[None]:
    """Report failures in the block at once, because there is an alternative."""
    before = _patient.set(False)
    try:
        yield
    finally:
        _patient.reset(before)


@contextmanager
def for_all() -> Iterator[None]:
    """Make what is started in the block independent of any single request."""
    before, patient = _in_force.set(None), _patient.set(True)
    try:
        yield
    finally:
        _in_force.reset(before)
        _patient.reset(patient)


class InTime:
    """A block that raises UnreachableError if it is still running after the deadline.

    The default is the deadline in force, else that of a request arriving now. Entering
    the block returns the timeout, which can be rescheduled for work that takes longer.
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
