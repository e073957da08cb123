"""One stream without a server around it: for the commands that look at a stream."""

import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from proxy.app.reports import Reports
from proxy.app.streams import BuiltStream, stream_of, upstream_of
from proxy.app.surroundings import surroundings_of
from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.tokens.token import Token
from proxy.diagnosis.token import Purpose
from proxy.diagnosis.whose import Allowed
from proxy.errors import StartError
from proxy.metrics import Metrics
from proxy.settings import Settings, StreamSettings
from proxy.settings.placement import PlacementSettings
from proxy.settings.wrong import choice

_BOUND = {"stream": "stream", "url": "single URL", "once": "single request"}


@dataclass(frozen=True, slots=True)
class Single:
    """A stream, its settings with all holes filled, and the way to its token."""

    name: str
    member: str
    """The id of a family's member, else empty."""
    settings: StreamSettings
    built: BuiltStream

    async def token(self) -> Token:
        """Return a token for the entry; raise TokenUnavailableError, with the cause.

        Of a token that is bound to one request this is one of its own.
        """
        keeper = self.built.keeper
        if keeper is None:
            raise StartError(f"{self.name} is an open stream: it has no token")
        kept = await keeper.token()
        return kept.of(self.built.entry)

    @property
    def allowed(self) -> Allowed:
        """What it may fetch."""
        settings = self.settings
        spreads = settings.token is not None and settings.reach == "all"
        name = self.name.partition("/")[0]
        return Allowed(name, settings.origins, spreads=spreads)

    @property
    def purpose(self) -> Purpose:
        """What its token is for, in words."""
        settings = self.settings
        source = settings.token.source if settings.token else "none"
        everything = settings.reach == "all"
        where = sorted({uri.origin(settings.url), *settings.reach_origins})
        return Purpose(
            source=f"{source}, bound to the {_BOUND[settings.binding]}",
            places=tuple(map(_place, settings.placement)),
            reach=("every request" if everything else "the entry playlist alone")
            + f" on {', '.join(where)}",
            playback_id=self.member or settings.playback_id,
        )


@contextlib.asynccontextmanager
async def single(
    settings: Settings,
    wanted: str,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
) -> AsyncIterator[Single]:
    """Build the stream `NAME` or the member `FAMILY/ID` while the block lasts.

    Raises StartError where there is no such stream, or where it cannot be built.
    """
    name, member, chosen = _chosen(settings, wanted)
    around = surroundings_of(settings, environ=environ, clock=clock, rng=rng)
    reports = Reports(name, Metrics(around.user_agent), lambda _: None)
    upstream = upstream_of(chosen, reports, around)
    try:
        built = stream_of(name, chosen, upstream, reports, around, local=wanted)
        yield Single(wanted, member, chosen, built)
    finally:
        try:
            await upstream.close()
        finally:
            await around.close()


def _chosen(settings: Settings, wanted: str) -> tuple[str, str, StreamSettings]:
    name, slash, member = wanted.partition("/")
    chosen = settings.streams.get(name)
    if chosen is None:
        wanted_one = choice(name, settings.streams)
        raise StartError(f'there is no stream "{name}"; {wanted_one}')
    if chosen.family != bool(slash):
        form = f"{name}/ID: it is a family" if chosen.family else f"{name} alone"
        raise StartError(f'"{wanted}" names no stream; want {form}')
    return name, member, chosen.for_member(member) if member else chosen


def _place(settings: PlacementSettings) -> str:
    way, which = settings.place
    shown = ", ".join(which) if isinstance(which, tuple) else which
    return f"{way.replace('_', ' ')} {shown}"
