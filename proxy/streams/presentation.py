"""Builds a stream from configured values: everything below one entry."""

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex
from typing import NamedTuple

from proxy.clock import Clock
from proxy.core.hls.ahead import Limits
from proxy.core.hls.choices import Choices
from proxy.core.hls.names import Marks, Volatile
from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.rule import Rule
from proxy.core.tokens.token import KeptToken
from proxy.fetch.asking import Asker, Upstream
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.reading import PlaylistLimits, PlaylistReader
from proxy.fetch.stamping import CurrentToken, OwnHeaders
from proxy.fetch.standing import Standing
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.editions import Editions, EditionStore
from proxy.localise.localiser import Localiser
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.room import Room
from proxy.localise.shelf import Shelf
from proxy.localise.stable_names import StableNames
from proxy.localise.uses import Uses
from proxy.sharing.fills import Fills
from proxy.sharing.keys import Keys
from proxy.streams.ahead import Around
from proxy.streams.budget import Budget
from proxy.streams.chores import Chores
from proxy.streams.documents import Documents
from proxy.streams.kept_playlists import KeptPlaylists
from proxy.streams.learning import Learner
from proxy.streams.loading import Loader
from proxy.streams.lookup import Lookup
from proxy.streams.offline import Offline
from proxy.streams.openers import Opener, Openers
from proxy.streams.passing import Passing
from proxy.streams.playlist_store import PlaylistStore
from proxy.streams.playlists import Playlists
from proxy.streams.reloads import Reloads
from proxy.streams.shared_media import SharedMedia
from proxy.streams.snapshots import Snapshots, SnapshotStore
from proxy.streams.stream import Stream
from proxy.streams.warming import Warming
from proxy.upstream.session import Session, Sessions

_RUN_BYTES = 16


class Names(NamedTuple):
    """What is known about the local names below one entry."""

    stable: StableNames
    catalog: Catalog
    learner: Learner
    uses: Uses


@dataclass(frozen=True, slots=True)
class Presentation:
    """One entry, and everything known below it."""

    stream: Stream
    names: Names
    playlists: Playlists
    session: Session

    @property
    def catalog(self) -> Catalog:
        """Maps its local names to resources."""
        return self.names.catalog


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blueprint:
    """The values from which all presentations of a stream are built."""

    name: str
    """The configured name."""
    local: str
    """Where players find the stream, without slashes at its ends."""
    url: str = field(repr=False)
    """The configured URL of its entry."""
    rule: Rule
    volatile: Volatile = Volatile()  # noqa: RUF009 - frozen
    allowed: Callable[[str], bool]
    """The address policy: returns whether a URL is allowed, judging by its text."""
    upstream: Upstream
    keeper: CurrentToken | None = None
    statuses: Statuses = Statuses()  # noqa: RUF009 - frozen
    own: OwnHeaders = OwnHeaders()  # noqa: RUF009 - frozen
    sessions: Sessions = field(default_factory=Sessions)
    """One session per presentation, so each selection keeps its own cookies."""
    guard: SecretGuard = field(default_factory=SecretGuard)
    """Knows the secrets that no player may see."""
    standing: Standing = field(default_factory=Standing)
    """Records whether the upstream accepts requests with tokens."""
    skewed: Callable[[float], None] | None = None
    """Called with how far the clocks of the token's origins are ahead, in seconds."""
    doubted: Callable[[KeptToken], Awaitable[KeptToken]] | None = None
    """Replaces a token that may have expired unnoticed; may return the same token."""
    limits: PlaylistLimits
    names: int
    """How many names all presentations of the stream may hold together."""
    budget: Budget
    """How many names all streams of the program may hold together."""
    selections: int
    """How many selections may be played at once."""
    lasting: bool = True
    """Whether its names are kept while no player plays, as long as there is room."""
    key_bytes: int = 1024
    parameters: Collection[str] = ()
    """The player's query parameters that are forwarded on the entry."""
    client_data: bool = False
    """Whether CMCD in the query is forwarded with media requests too."""
    redirects: bool = False
    """Whether players are redirected to the upstream for media."""
    fills: Fills | None = None
    """Keeps resources and shares requests; None: each request goes upstream alone."""
    kept: PlaylistStore | None = None
    """Keeps the playlists of ended presentations; None: there is no disk for them."""
    trusted: bool = False
    """Whether these playlists are kept even if the upstream's fields forbid it."""
    ahead: Limits = Limits()  # noqa: RUF009 - frozen
    """How much is fetched before players ask for it."""
    store: SnapshotStore
    editions: EditionStore
    warnings: PlaylistWarnings
    clock: Clock
    played: Callable[[], None] = lambda: None
    chores: Chores = field(default_factory=Chores)

    @property
    def entry(self) -> str:
        """The URL of the entry, without a token."""
        return self.rule.blank(self.url, entry=True)

    @property
    def passing(self) -> Passing:
        """Which parts of a player's request are forwarded upstream."""
        return Passing(self.parameters, self.rule.hidden, self.client_data)

    @property
    def _openers(self) -> Openers:
        return Openers(
            self.passing,
            self.key_bytes,
            self.fills,
            redirects=self.redirects,
            allowed=self.allowed,
            ahead=self.ahead,
            chores=self.chores,
            clock=self.clock,
        )

    def presentation(
        self,
        selection: str = "",
        suffix: str = "",
        before: Presentation | None = None,
        room: Room | None = None,
    ) -> Presentation:
        """Return the presentation for a player's selection.

        `suffix` is appended to the folders in its names; see `core.hls.selection`. The
        names of the presentation `before`, if given, are taken over and counted in
        `room`.
        """
        clock, session = self.clock, self.sessions.opened()
        asker = self._asker(session)
        shelf, marks = Shelf(self), Marks(self.rule, self.volatile)
        names = self._names(marks, suffix) if before is None else before.names
        stable_names, catalog, learner, uses = names
        if room is not None:
            catalog.move(room)
        localiser = Localiser(marks, self.allowed, catalog.get, suffix)
        snapshots = Snapshots(self.store, shelf, clock=clock)
        playlists = Playlists(
            PlaylistReader(asker, self.limits, clock=clock, selection=selection),
            localiser,
            catalog,
            learner,
            Editions(self.editions, shelf),
            clock=clock,
            warnings=self.warnings,
            stable_names=stable_names,
            session=session,
            uses=uses,
        )
        loader = Loader(
            playlists,
            self._documents(asker, localiser, catalog, learner, playlists),
            catalog,
            snapshots,
            clock=clock,
            chores=self.chores,
            stable_names=stable_names,
            renewed=asker.renewed,
        )
        keys = Keys(self.local, suffix, uses, steady=marks.steady, clock=clock)

        def choices() -> Choices:
            return playlists.ladder(ENTRY).choices

        around = Around(catalog, keys, uses, choices)
        media = self._openers.opener(asker, loader, around)
        stream = self._stream(media, loader, snapshots, stable_names, around)
        if self.kept is not None and isinstance(media, SharedMedia):
            source = marks.steady(self.entry)
            kept = self._kept_playlists(self.kept, suffix, source)
            stream.offline = loader.observer = Offline(
                kept,
                snapshots,
                uses,
                media,
                suffix=suffix,
                clock=clock,
            )
        return Presentation(stream, names, playlists, session)

    async def close(self) -> None:
        """Stop background work, and drop the stream's kept playlists."""
        await self.chores.close()
        if self.fills is not None:
            await self.fills.close()
            self.fills.store.forget(self.local)
        self.store.forget(self)
        self.editions.forget(self)

    def _names(self, marks: Marks, suffix: str) -> Names:
        stable = StableNames(clock=self.clock, steady=marks.steady)
        catalog = Catalog(
            self.entry, limit=self.names, keeps=stable, full=self.warnings.full
        )
        uses = Uses(suffix, new_run=partial(token_hex, _RUN_BYTES))
        return Names(stable, catalog, Learner(catalog), uses)

    def _asker(self, session: Session) -> Asker:
        return Asker(
            upstream=self.upstream,
            rule=self.rule,
            keeper=self.keeper,
            statuses=self.statuses,
            own=self.own,
            session=session,
            guard=self.guard,
            standing=self.standing,
            skewed=self.skewed,
            doubted=self.doubted,
        )

    def _documents(
        self,
        asker: Asker,
        localiser: Localiser,
        catalog: Catalog,
        learner: Learner,
        playlists: Playlists,
    ) -> Documents:
        return Documents(
            asker,
            localiser,
            catalog,
            learner,
            playlists,
            most_bytes=self.limits.playlist_bytes,
            clock=self.clock,
            warnings=self.warnings,
        )

    def _kept_playlists(
        self, store: PlaylistStore, suffix: str, source: str
    ) -> KeptPlaylists:
        """Return the kept playlists of a presentation.

        `source` is the URL of its entry. Its hash is part of their names, because
        another configuration may have another recording under the same name.
        """
        told = hashlib.blake2b(source.encode(), digest_size=_RUN_BYTES).hexdigest()
        return KeptPlaylists(
            store,
            place=f"{self.local}\n{suffix}\n{told}",
            trusted=self.trusted,
            clock=self.clock,
        )

    def _stream(
        self,
        media: Opener,
        loader: Loader,
        snapshots: Snapshots,
        stable_names: StableNames,
        around: Around,
    ) -> Stream:
        reloads = Reloads(loader, snapshots, clock=self.clock)
        relays = self.fills is not None and not self.redirects
        warms = relays and self.ahead.segments > 0
        return Stream(
            self.name,
            self.local,
            lookup=Lookup(loader, around.catalog, clock=self.clock),
            reloads=reloads,
            warming=Warming(
                reloads.load if warms else None,
                around.choices,
                chores=self.chores,
                clock=self.clock,
            ),
            media=media,
            stable_names=stable_names,
            passing=self.passing,
            clock=self.clock,
            played=self.played,
        )
