"""What one entry leads to: its playlists, their names, and what is kept of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from proxy.clock import Clock
from proxy.core.hls.names import Marks
from proxy.fetch.asking import Asker
from proxy.fetch.reading import PlaylistLimits, PlaylistReader
from proxy.localise.catalog import Catalog
from proxy.localise.editions import Editions, EditionStore
from proxy.localise.localiser import Localiser
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.stable_names import StableNames
from proxy.streams.chores import Chores
from proxy.streams.documents import Documents
from proxy.streams.learning import Learner
from proxy.streams.loading import Loader
from proxy.streams.lookup import Lookup
from proxy.streams.media import Media
from proxy.streams.passing import Passing
from proxy.streams.playlists import Playlists
from proxy.streams.snapshots import Snapshots, SnapshotStore
from proxy.streams.stream import Stream
from proxy.upstream.session import Session


@dataclass(frozen=True, slots=True)
class Presentation:
    """One entry, and all that is known below it."""

    stream: Stream
    catalog: Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What all presentations of a stream have in common."""

    name: str
    """As it is configured."""
    local: str
    """Where players find the stream, without slashes at its ends."""
    entry: str = field(repr=False)
    """The URL of its entry, without a token."""
    asker: Asker
    marks: Marks
    allowed: Callable[[str], bool]
    """The address policy, decided on the text of a URL."""
    limits: PlaylistLimits
    names: int
    """How many each may know."""
    full: Callable[[str], None] = lambda _: None
    """Told once, at that limit, which setting would help."""
    store: SnapshotStore
    editions: EditionStore
    passing: Passing
    key_bytes: int
    warnings: PlaylistWarnings
    chores: Chores
    clock: Clock
    session: Session | None = None
    played: Callable[[], None] = lambda: None

    def presentation(self, selection: str = "", suffix: str = "") -> Presentation:
        """Return what the entry leads to with what a player selects.

        `suffix` stands behind the folders of its names; see `core.hls.selection`.
        """
        clock, kept_as = self.clock, f"{self.local}?{suffix}"
        stable_names = StableNames(clock=clock, steady=self.marks.steady)
        catalog = Catalog(
            self.entry, limit=self.names, keeps=stable_names, full=self.full
        )
        learner = Learner(catalog)
        localiser = Localiser(self.marks, self.allowed, catalog.get, suffix)
        snapshots = Snapshots(self.store, kept_as, clock=clock)
        playlists = Playlists(
            PlaylistReader(self.asker, self.limits, clock=clock, selection=selection),
            localiser,
            catalog,
            learner,
            Editions(self.editions, kept_as),
            clock=clock,
            warnings=self.warnings,
            stable_names=stable_names,
        )
        loader = Loader(
            playlists,
            self._documents(localiser, catalog, learner, playlists),
            catalog,
            snapshots,
            clock=clock,
            chores=self.chores,
            stable_names=stable_names,
            session=self.session,
        )
        return Presentation(
            self._stream(loader, catalog, snapshots, stable_names), catalog
        )

    def _documents(
        self,
        localiser: Localiser,
        catalog: Catalog,
        learner: Learner,
        playlists: Playlists,
    ) -> Documents:
        return Documents(
            self.asker,
            localiser,
            catalog,
            learner,
            playlists,
            most_bytes=self.limits.playlist_bytes,
            clock=self.clock,
            warnings=self.warnings,
        )

    def _stream(
        self,
        loader: Loader,
        catalog: Catalog,
        snapshots: Snapshots,
        stable_names: StableNames,
    ) -> Stream:
        media = Media(
            self.asker,
            loader.renewals,
            passing=self.passing,
            key_bytes=self.key_bytes,
            clock=self.clock,
        )
        return Stream(
            self.name,
            self.local,
            lookup=Lookup(loader, catalog, clock=self.clock),
            loader=loader,
            media=media,
            stable_names=stable_names,
            snapshots=snapshots,
            passing=self.passing,
            clock=self.clock,
            played=self.played,
        )
