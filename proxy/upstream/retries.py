"""Decide when to retry a question after a temporary failure.

A question is held and retried for as long as its player waits. The load on an origin
that is down does not grow with the number of waiting questions. They queue, one of them
is retried every 0.3 s, and all are sent as soon as one of them succeeds. An origin that
answers with an error of its own is asked less and less often, in the end every second:
some ten times before a player gives up.
"""

import asyncio
from dataclasses import KW_ONLY, dataclass, field

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.answers import Blame
from proxy.deadline import Deadline
from proxy.errors import UnreachableError

RETRY_SECONDS = 0.3
_LONGEST_SECONDS, _GROWTH = 1.0, 1.5

_PASSING = frozenset(
    {
        Blame.DNS_ERROR,
        Blame.DESTINATION_UNAVAILABLE,
        Blame.ADDRESS_UNROUTABLE,
        Blame.CONNECTION_REFUSED,
        Blame.CONNECTION_TERMINATED,
        Blame.CONNECTION_TIMEOUT,
    }
)
# Questions to a forgotten origin skip the queue, which does no harm.
_ORIGINS = 1000


class Absence:
    """The questions that wait for one origin, and the turns in which they are sent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue = asyncio.Lock()
        self._successes = 0
        self._pause = RETRY_SECONDS
        self._next_at = clock.mono() + RETRY_SECONDS
        self._fault: tuple[float, UnreachableError] | None = None

    @property
    def fault(self) -> UnreachableError | None:
        """Why connections to the origin fail, if one did within the last two turns."""
        if self._fault is None:
            return None
        seen_at, error = self._fault
        recent = self._clock.mono() - seen_at < 2 * RETRY_SECONDS
        return error if recent else None

    def failed(self, error: UnreachableError | None) -> None:
        """Record a failure; None means that only one URL fails, not the connection."""
        if error is None:
            self._fault = None
            self._pause = min(_GROWTH * self._pause, _LONGEST_SECONDS)
        else:
            self._fault, self._pause = (self._clock.mono(), error), RETRY_SECONDS

    def ended(self) -> None:
        """Let all waiting questions be sent now."""
        self._successes += 1

    async def turn(self) -> None:
        """Wait until the caller may ask: one at a time, until one succeeds."""
        before = self._successes
        async with self._queue:
            if self._successes != before:
                return
            await self._clock.sleep(max(0.0, self._next_at - self._clock.mono()))
            self._next_at = self._clock.mono() + self._pause


class Absences:
    """The failing origins, each for as long as it has trouble."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: LRUCache[str, Absence] = LRUCache(_ORIGINS)
        # Asked for each request, when nearly always there is none.
        self._some = False

    def get(self, origin: str) -> Absence | None:
        """Return the state of a failing origin; None if it has no trouble."""
        return self._of.get(origin) if self._some else None

    def begin(self, origin: str) -> Absence:
        """Return the state of an origin that fails now; create it if needed."""
        absence = self._of.get(origin)
        if absence is None:
            absence = self._of[origin] = Absence(self._clock)
            self._some = True
        return absence

    def answered(self, origin: str, *, waited: bool) -> None:
        """Record that the origin answered well.

        That ends the trouble if the same question had failed before (`waited`), or if
        connections to the origin had failed.
        """
        absence = self.get(origin)
        if absence is not None and (waited or absence.fault is not None):
            del self._of[origin]
            self._some = len(self._of) > 0
            absence.ended()


@dataclass(slots=True)
class Patience:
    """How long one question is retried, over all its hops."""

    absences: Absences
    clock: Clock
    _: KW_ONLY
    deadline: Deadline
    waits: bool = False
    """Whether the upstream may be silent for longer: the time then starts with the
    first failure."""
    hasty: bool = False
    """Whether failures are reported at once, without a retry."""
    _repeated: bool = field(default=False, init=False)
    _waited: bool = field(default=False, init=False)

    def left(self) -> float | None:
        """Return how many seconds the upstream may be silent; None: no limit."""
        return None if self.waits else self.deadline.left(self.clock.mono())

    async def admitted(self, origin: str) -> None:
        """Wait for a turn if connections to the origin fail at present.

        Raises the known failure if no turn comes in time.
        """
        absence = self.absences.get(origin)
        error = None if absence is None else absence.fault
        if error is not None and not await self._turn(origin):
            raise error.with_traceback(None)

    async def outlasts(self, origin: str, error: UnreachableError) -> bool:
        """Wait until the question may be retried; return False if a retry is no use."""
        if error.blame not in _PASSING:
            return False
        absence = self.absences.get(origin)
        broken = error.blame == Blame.CONNECTION_TERMINATED
        if broken and absence is None and not self._repeated:
            # A kept connection fails like this if the origin has closed it.
            self._repeated = True
            return True
        self.absences.begin(origin).failed(error)
        return await self._turn(origin)

    async def has_turn(self, origin: str, pause: float) -> bool:
        """Wait until the question may be retried after a temporary error status.

        `pause`: the seconds that the upstream asked us to wait. Returns False if there
        is no time for a retry.
        """
        self.absences.begin(origin).failed(None)
        if pause >= self._left():
            return False
        if pause > RETRY_SECONDS:
            await self.clock.sleep(pause)
        return await self._turn(origin)

    def answered(self, origin: str) -> None:
        """Record that the question was answered well."""
        self.absences.answered(origin, waited=self._waited)

    def _left(self) -> float:
        now = self.clock.mono()
        if self.waits and not self._waited:
            self.deadline = Deadline.of(now)
        return 0.0 if self.hasty else self.deadline.left(now)

    async def _turn(self, origin: str) -> bool:
        left = self._left()
        self._waited = True
        if not left:
            return False
        try:
            async with self.clock.timeout(left):
                await self.absences.begin(origin).turn()
        except TimeoutError:
            return False
        return self.deadline.allows_another(self.clock.mono())
