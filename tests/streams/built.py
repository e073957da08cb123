"""A stream built as the program builds it, with a test's origin and keeper."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from proxy.clock import Clock
from proxy.core.hls.names import Volatile
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.placement import Placement, Query
from proxy.core.tokens.placing.rule import Reach, Rule, WholeUrl
from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken, Token
from proxy.events.playlist_warning import PlaylistWarning
from proxy.fetch import asking
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.reading import PlaylistLimits
from proxy.fetch.stamping import CurrentToken, OwnHeaders
from proxy.localise.catalog import Catalog
from proxy.localise.editions import EditionStore
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.uses import Uses
from proxy.replies import MediaReply, PlayerAsk, PlaylistReply
from proxy.sharing.fills import Fills
from proxy.store.port import Store
from proxy.streams.blueprint import Blueprint, SharedCaches, StreamLimits
from proxy.streams.budget import Budget
from proxy.streams.chores import Chores
from proxy.streams.playlist_store import PlaylistStore
from proxy.streams.selections import Selections
from proxy.streams.snapshot_store import SnapshotStore
from proxy.upstream.client import UpstreamClient
from proxy.upstream.question import ExchangeTimeouts
from proxy.upstream.session import Sessions
from tests.fake_clock import FakeClock

T = TypeVar("T")

EDITION_BYTES = 1 << 24

LIMITS = PlaylistLimits(
    playlist_bytes=5_000_000,
    playlist_lines=100_000,
    line_bytes=65_536,
)


@dataclass(slots=True)
class Tokens:
    """A keeper whose tokens are TOKEN-1, TOKEN-2, …; a new one at each refusal."""

    generation: int = 1
    refusals: int = 0
    last: int | None = None
    """The generation of the last token, if there is one."""
    accepted_ones: list[int] = field(default_factory=list)

    def _kept(self) -> KeptToken:
        return KeptToken(Token({"token": f"TOKEN-{self.generation}"}), self.generation)

    async def token(self) -> KeptToken:
        """Return the current token."""
        return self._kept()

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a newer token than the refused one."""
        del subject
        self.refusals += 1
        if kept.generation == self.generation != self.last:
            self.generation += 1
        return self._kept()

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Record which token was accepted."""
        del subject
        self.accepted_ones.append(kept.generation)


@dataclass(slots=True, kw_only=True)
class Built:
    """A stream and its parts."""

    stream: Selections
    catalog: Catalog
    uses: Uses
    tokens: Tokens
    clock: FakeClock
    warnings: list[tuple[PlaylistWarning, str]]
    chores: Chores
    blueprint: Blueprint

    async def playlist(
        self, path: str = "index.m3u8", query: str = "", **headers: str
    ) -> str:
        """Return a playlist as the player gets it."""
        reply = await self.stream.open(path, ask(query, headers))
        assert isinstance(reply, PlaylistReply)
        return reply.body.decode()

    async def media(
        self, path: str, query: str = "", **headers: str
    ) -> tuple[int, bytes]:
        """Return status and bytes of a resource as the player gets it."""
        reply = await self.stream.open(path, ask(query, headers))
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            return reply.status, b"".join([chunk async for chunk in body.chunks()])

    async def patiently(
        self, waiting: Coroutine[object, object, T], *, step: float = 0.25
    ) -> T:
        """Return the result, and let time pass until it is there."""
        task = asyncio.create_task(waiting)
        while not task.done():
            await asyncio.sleep(0.005)  # the origin answers over a real socket
            await self.clock.advance(step)
        return await task


def ask(query: str = "", headers: Mapping[str, str] | None = None) -> PlayerAsk:
    """Return a player's request; underscores in header names stand for dashes."""
    named = {n.replace("_", "-"): value for n, value in (headers or {}).items()}
    return PlayerAsk("GET", query, named, "http://127.0.0.1:8080")


@asynccontextmanager
async def built(  # noqa: PLR0913 - what a test may want otherwise, by keyword
    url: str,
    *,
    placement: Placement = Query("token"),  # noqa: B008 - frozen
    everything: bool = False,
    origins: frozenset[str] = frozenset(),
    volatile: Volatile = Volatile(),  # noqa: B008 - frozen
    statuses: Statuses = Statuses(),  # noqa: B008 - frozen
    limits: PlaylistLimits = LIMITS,
    names: int = 200_000,
    budget: Budget | None = None,
    selections: int = 1000,
    lasting: bool = True,
    passing: frozenset[str] = frozenset(),
    client_data: bool = False,
    redirects: bool = False,
    own: OwnHeaders = OwnHeaders(),  # noqa: B008 - frozen
    network: asking.Upstream | None = None,
    keeper: CurrentToken | None = None,
    unguarded: bool = False,
    clock: FakeClock | None = None,
    whole: WholeUrl | None = None,
    sessions: Sessions | None = None,
    snapshot_bytes: int = 0,
    store: Store | None = None,
    kept: PlaylistStore | None = None,
    ahead: PrefetchLimits = PrefetchLimits(),  # noqa: B008 - frozen
    trusted: bool = False,
    editions: EditionStore | None = None,
    local: str = "lobby",
    timeouts: ExchangeTimeouts = ExchangeTimeouts(),  # noqa: B008 - frozen
) -> AsyncIterator[Built]:
    """Build a stream whose entry is at the URL; all its origins are allowed.

    `network` replaces real sockets, and answers for every public host; `keeper`
    replaces `Tokens`, and `whole` replaces the placement. Without `snapshot_bytes`
    every playlist is loaded anew, without a `store` every resource. An `unguarded`
    stream has no token.
    """
    home = frozenset({uri.origin(url)})
    placements = () if whole else (placement,)
    rule = Rule(placements, Reach(everything=everything, origins=home), whole=whole)
    clock, tokens = clock or FakeClock(), Tokens()
    policy = AddressPolicy(home | origins, public=network is not None)
    ticking: Clock = clock
    warnings: list[tuple[PlaylistWarning, str]] = []
    upstream = UpstreamClient(
        stream="lobby",
        policy=policy,
        clock=ticking,
        report=lambda _: None,
        user_agent="test",
        timeouts=timeouts,
    )
    sessions = sessions or Sessions(cookies=False)
    told = PlaylistWarnings(
        local, lambda event: warnings.append((event.warning, event.path))
    )
    caches = SharedCaches(
        snapshots=SnapshotStore(snapshot_bytes),
        editions=editions or EditionStore(EDITION_BYTES, clock=ticking),
        names=Budget(10 * names, clock=ticking) if budget is None else budget,
        recordings=kept,
    )
    blueprint = Blueprint(
        name="lobby",
        local=local,
        url=url,
        rule=rule,
        volatile=volatile,
        allowed=policy.allows_origin,
        upstream=network or upstream,
        keeper=None if unguarded else keeper or tokens,
        statuses=statuses,
        own=own,
        sessions=sessions,
        guard=SecretGuard(own.fields, url, sessions),
        limits=StreamLimits(playlists=limits, names=names, selections=selections),
        caches=caches,
        lasting=lasting,
        parameters=passing,
        client_data=client_data,
        redirects=redirects,
        fills=None if store is None else Fills(store, trusted=trusted, clock=ticking),
        trusted=trusted,
        ahead=ahead,
        warnings=told,
        clock=ticking,
    )
    stream = Selections(blueprint)
    try:
        yield Built(
            stream=stream,
            catalog=stream.catalogs[0],
            uses=stream.uses[0],
            tokens=tokens,
            clock=clock,
            warnings=warnings,
            chores=blueprint.chores,
            blueprint=blueprint,
        )
    finally:
        await stream.close()
        await upstream.close()
