"""One stream with its own lifetime: it owns its parts and closes them."""

import math
from dataclasses import KW_ONLY, dataclass, field
from types import TracebackType
from typing import Self

from proxy.app.blueprints import blueprint_of
from proxy.app.common import Common, common_of
from proxy.app.lifetime import Lifetime
from proxy.app.sinks import StreamSinks
from proxy.app.surroundings import Surroundings
from proxy.fetch.asking import Upstream
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.selections import Selections
from proxy.streams.status import StreamStatus
from proxy.tokens.keepers.keeper import Keeper


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """A stream, or a member of a family, as an async context manager.

    Its token is kept fresh while the block lasts. A member is not entered, because its
    keeper checks the token whenever it is asked; it must be closed instead.
    """

    sinks: StreamSinks
    stream: Selections
    _: KW_ONLY
    keeper: Keeper | None
    entry: str = field(repr=False)
    """The URL of the stream's entry, without a token."""
    lifetime: Lifetime
    upstream: Upstream

    async def __aenter__(self) -> Self:
        """Start the stream's tasks."""
        await self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the stream."""
        await self.close()

    async def begin(self) -> None:
        """Keep the stream's token fresh from now on."""
        await self.lifetime.begin()

    async def idle(self) -> None:
        """Wait until no player has a request in progress."""
        await self.stream.usage.idle()

    async def close(self) -> None:
        """End its tasks, close its connections and drop its caches."""
        await self.lifetime.end()

    def status(self) -> StreamStatus:
        """Return the status of the stream for the status page."""
        keeper, catalogs = self.keeper, self.stream.catalogs
        left = keeper.seconds_left() if keeper else None
        return StreamStatus(
            self.stream.name,
            # The keeper returns infinity if the expiry is not known.
            token_seconds_left=None if left is None or math.isinf(left) else left,
            token_usable=keeper.usable if keeper else None,
            token_cold=keeper is not None and keeper.cold,
            renditions=sum(1 for catalog in catalogs for _ in catalog.playlists()),
            names=sum(map(len, catalogs)),
            last_problem=self.sinks.problem.text,
            store=self.sinks.stored.use() if self.stream.is_shared else None,
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
    """Return the stream that players find at `local`; `lifetime` ends its parts.

    `before` is the stream that it replaces, if names mean the same in both.
    """
    blueprint, keeper = blueprint_of(
        settings, common, around, local=local, user=lifetime
    )
    stream = Selections(blueprint, before)
    lifetime.closes(stream.close)
    if keeper is not None and keeper is not common.keeper:
        lifetime.runs(keeper.running)
    return Unit(
        common.sinks,
        stream,
        keeper=keeper,
        entry=blueprint.entry,
        lifetime=lifetime,
        upstream=common.upstream,
    )


def single_unit(
    name: str,
    settings: StreamSettings,
    sinks: StreamSinks,
    around: Surroundings,
    *,
    local: str,
    lifetime: Lifetime,
    before: Selections | None = None,
    line: Upstream | None = None,
) -> Unit:
    """Return a stream that is not a member of a running family.

    `line` takes the place of the HTTP client. Raises StartError if it cannot be built;
    then the caller must end the lifetime.
    """
    common = common_of(name, settings, sinks, around, lifetime, line=line)
    return unit_of(
        settings, common, around, local=local, lifetime=lifetime, before=before
    )
