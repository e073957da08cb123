"""A source controlled by a test, and keepers for it."""

import itertools
import math
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.events.refresh import Refresh
from proxy.tokens.keepers.asked_source import AskedSource
from proxy.tokens.keepers.keeper_parts import KeeperParts
from proxy.tokens.keepers.kept_tokens import KeptTokens
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.keepers.telling import Teller
from proxy.tokens.source import Source
from proxy.tokens.turns.turn import Turn
from tests.fake_clock import FakeClock


def seeded(seed: int = 1) -> random.Random:
    """Return draws that are the same in every run."""
    return random.Random(seed)  # noqa: S311 - no secret depends on it


class ScriptedSource:
    """Gives numbered tokens; fails, waits and repeats itself on demand."""

    def __init__(self, clock: FakeClock, *, lifetime: float | None = 60.0) -> None:
        self.clock = clock
        self.lifetime = lifetime
        self.takes = 0.0
        """Seconds until it answers."""
        self.failure: BaseException | None = None
        self.repeats: Token | None = None
        """What it answers instead of a new token."""
        self.asked: list[float] = []
        """When it was asked, on the monotonic clock."""

    async def fetch(self) -> Token:
        """Answer as the test says."""
        self.asked.append(self.clock.mono())
        number = len(self.asked)
        if self.takes:
            await self.clock.sleep(self.takes)
        if self.failure is not None:
            raise self.failure
        if self.repeats is not None:
            return self.repeats
        ends = None if self.lifetime is None else self.clock.wall() + self.lifetime
        return Token({"token": f"t{number}"}, expires_at=ends)


@dataclass
class Reports:
    """What a keeper reported."""

    all: list[Refresh] = field(default_factory=list)

    def __call__(self, refresh: Refresh) -> None:
        """Record a report."""
        self.all.append(refresh)

    @property
    def outcomes(self) -> Counter[str]:
        """How often each outcome occurred."""
        return Counter(str(report.outcome) for report in self.all)


def keeper_of(
    source: Source,
    clock: FakeClock,
    reports: Reports | None = None,
    *,
    local: bool = False,
    seed: int = 1,
    turn: Turn | None = None,
    warm: bool = True,
) -> StreamKeeper:
    """Return a keeper on the fake clock."""
    return StreamKeeper(
        source,
        stream="lobby",
        local=local,
        clock=clock,
        rng=seeded(seed),
        report=Reports() if reports is None else reports,
        turn=turn,
        warm=warm,
    )


def once_keeper_of(
    source: Source,
    clock: FakeClock,
    reports: Reports | None = None,
    *,
    local: bool = False,
) -> OnceKeeper:
    """Return a keeper of one token for each request, on the fake clock."""
    return OnceKeeper(
        source,
        stream="lobby",
        local=local,
        clock=clock,
        rng=seeded(),
        report=Reports() if reports is None else reports,
    )


def parts_of(
    source: Source,
    clock: FakeClock,
    reports: Reports | None = None,
    *,
    local: bool = False,
    turn: Turn | None = None,
) -> KeeperParts:
    """Return the shared parts of a keeper on the fake clock."""
    asked = AskedSource(
        source,
        stream="lobby",
        local=local,
        seconds=10.0,
        clock=clock,
        rng=seeded(),
        turn=turn,
    )
    report = Reports() if reports is None else reports
    teller = Teller(stream="lobby", report=report)
    return KeeperParts(asked=asked, tokens=KeptTokens(), teller=teller, clock=clock)


@dataclass(frozen=True)
class Asked:
    """The result of asking a keeper, and how long it took."""

    seconds: float
    kept: KeptToken | None = None
    left: float = math.inf
    """Seconds that the token had to live when it was handed out."""
    error: TokenUnavailableError | None = None


async def asking(clock: FakeClock, ask: Callable[[], Awaitable[KeptToken]]) -> Asked:
    """Ask, and measure."""
    begun = clock.mono()
    try:
        kept = await ask()
    except TokenUnavailableError as exc:
        return Asked(clock.mono() - begun, error=exc)
    ends = kept.token.expires_at
    left = math.inf if ends is None else ends - clock.wall()
    return Asked(clock.mono() - begun, kept, left)


def gaps(times: Sequence[float]) -> list[float]:
    """Return the distances between successive times."""
    return [later - earlier for earlier, later in itertools.pairwise(times)]


UNREACHABLE = SourceError("id.test does not answer")
