"""One stream with its own lifetime: it owns all that it lives on, and closes it."""

import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from proxy.app.lifetime import Lifetime
from proxy.app.sinks import StreamSinks
from proxy.app.streams import Common, blueprint_of, common_of
from proxy.app.surroundings import Surroundings
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.replies import StreamStatus
from proxy.streams.selections import Selections
from proxy.tokens.keepers.keeper import Keeper


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A stream, or a member of a family: an async context of what it is made of.

    Its token is kept fresh for as long as the block lasts. Whoever does not enter it,
    as for a member, whose keeper looks after its token whenever it is asked, closes it.
    """

    sinks: StreamSinks
    stream: Selections
    keeper: Keeper | None
    entry: str = field(repr=False)
    """The URL of its entry, without a token."""
    lifetime: Lifetime

    async def __aenter__(self) -> Self:
        """Begin what runs."""
        await self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all of it."""
        await self.close()

    async def begin(self) -> None:
        """Keep its token fresh from now on."""
        await self.lifetime.begin()

    async def idle(self) -> None:
        """Wait until no player is in the middle of something."""
        await self.stream.usage.idle()

    async def close(self) -> None:
        """End its tasks, close its connections, drop what is kept of it."""
        await self.lifetime.end()

    def status(self) -> StreamStatus:
        """Return how it is."""
        keeper, catalogs = self.keeper, self.stream.catalogs
        left = keeper.seconds_left() if keeper else None
        return StreamStatus(
            self.stream.name,
            # Infinity is the keeper's word for an expiry that is not known.
            token_seconds_left=None if left is None or math.isinf(left) else left,
            token_usable=keeper.usable if keeper else None,
            token_cold=keeper is not None and keeper.cold,
            renditions=sum(1 for catalog in catalogs for _ in catalog.playlists()),
            names=sum(map(len, catalogs)),
            last_problem=self.sinks.problem.text,
        )


def unit_of(
    settings: StreamSettings,
    common: Common,
    around: Surroundings,
    *,
    local: str,
    lifetime: Lifetime,
    before: Selections | None = None,
) -> Unit:
    """Return the stream that players find at `local`; it lives as long as told.

    `before` is the one whose place it takes, if names mean the same in both.
    """
    blueprint, keeper = blueprint_of(
        settings, common, around, local=local, user=lifetime
    )
    stream = Selections(blueprint, before)
    lifetime.closes(stream.close)
    if keeper is not None and keeper is not common.keeper:
        lifetime.runs(keeper.running)
    return Unit(common.sinks, stream, keeper, blueprint.entry, lifetime)


def single_unit(
    name: str,
    settings: StreamSettings,
    sinks: StreamSinks,
    around: Surroundings,
    *,
    local: str,
    lifetime: Lifetime,
    before: Selections | None = None,
) -> Unit:
    """Return a stream that is no member of a running family.

    Raises StartError where it cannot be built; then the lifetime is to be ended.
    """
    common = common_of(name, settings, sinks, around, lifetime)
    return unit_of(
        settings, common, around, local=local, lifetime=lifetime, before=before
    )
