"""When a question that failed in passing is asked again.

A question is held and asked again for as long as a player waits. What an origin that
is away has to bear does not grow with those who wait: they queue, one of them asks
every 0.3 s, and all go on as soon as one of them was answered well. One that answers,
with a fault of its own, is asked less and less often, at last every second: some ten
times before a player gives up.
"""

import asyncio
from dataclasses import dataclass, field

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
# What is forgotten is asked without a queue: no harm.
_ORIGINS = 1000


class Absence:
    """The questions that wait for one origin, and the turns in which they are asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue = asyncio.Lock()
        self._successes = 0
        self._pause = RETRY_SECONDS
        self._next_at = clock.mono() + RETRY_SECONDS
        self._fault: tuple[float, UnreachableError] | None = None

    @property
    def fault(self) -> UnreachableError | None:
        """Why no connection to it is of use, if that was seen in the last two turns."""
        if self._fault is None:
            return None
        seen_at, error = self._fault
        recent = self._clock.mono() - seen_at < 2 * RETRY_SECONDS
        return error if recent else None

    def failed(self, error: UnreachableError | None) -> None:
        """Note a failure: none of the connection means that this URL alone has it."""
        if error is None:
            self._fault = None
            self._pause = min(_GROWTH * self._pause, _LONGEST_SECONDS)
        else:
            self._fault, self._pause = (self._clock.mono(), error), RETRY_SECONDS

    def ended(self) -> None:
        """Let all that wait be asked now."""
        self._successes += 1

    async def turn(self) -> None:
        """Return when the caller may ask: one at a time may, until one succeeds."""
        before = self._successes
        async with self._queue:
            if self._successes != before:
                return
            await self._clock.sleep(max(0.0, self._next_at - self._clock.mono()))
            self._next_at = self._clock.mono() + self._pause


class Absences:
    """By origin, as long as something is the matter with it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: LRUCache[str, Absence] = LRUCache(_ORIGINS)

    def get(self, origin: str) -> Absence | None:
        """Return what is known of an origin that has trouble; None if it has none."""
        return self._of.get(origin) if self._of else None

    def begin(self, origin: str) -> Absence:
        """Return the same for an origin that has trouble now."""
        absence = self._of.get(origin)
        if absence is None:
            absence = self._of[origin] = Absence(self._clock)
        return absence

    def answered(self, origin: str, *, waited: bool) -> None:
        """Note that the origin answered well.

        That is the end of the trouble if the same question had failed (`waited`), or if
        no connection to the origin was of use.
        """
        absence = self.get(origin)
        if absence is not None and (waited or absence.fault is not None):
            del self._of[origin]
            absence.ended()


@dataclass(slots=True)
class Patience:
    """How long one question is asked again, over all its hops."""

    absences: Absences
    clock: Clock
    deadline: Deadline
    waits: bool = False
    """Whether upstream may be silent for longer: its time begins with the trouble."""
    hasty: bool = False
    """Whether failures are told at once."""
    _repeated: bool = field(default=False, init=False)
    _waited: bool = field(default=False, init=False)

    def left(self) -> float | None:
        """Return how many seconds upstream may be silent; None: as long as it likes."""
        return None if self.waits else self.deadline.left(self.clock.mono())

    async def admitted(self, origin: str) -> None:
        """Wait for a turn where no connection to the origin is of use at present.

        Raises the known failure if none comes in time.
        """
        absence = self.absences.get(origin)
        error = None if absence is None else absence.fault
        if error is not None and not await self._turn(origin):
            raise error.with_traceback(None)

    async def outlasts(self, origin: str, error: UnreachableError) -> bool:
        """Wait until the question may be asked again; False where that is no use."""
        if error.blame not in _PASSING:
            return False
        absence = self.absences.get(origin)
        broken = error.blame == Blame.CONNECTION_TERMINATED
        if broken and absence is None and not self._repeated:
            # A connection that was kept ends like this when the origin has closed it.
            self._repeated = True
            return True
        self.absences.begin(origin).failed(error)
        return await self._turn(origin)

    async def has_turn(self, origin: str, pause: float) -> bool:
        """Do the same after an answer that may be another one soon.

        The upstream asked for a `pause` of so many seconds.
        """
        self.absences.begin(origin).failed(None)
        if pause >= self._left():
            return False
        if pause > RETRY_SECONDS:
            await self.clock.sleep(pause)
        return await self._turn(origin)

    def answered(self, origin: str) -> None:
        """Note that the question is answered well."""
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
