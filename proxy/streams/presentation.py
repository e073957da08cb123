"""Builds a presentation of a stream: everything below one entry."""

import hashlib
from dataclasses import dataclass
from functools import partial
from secrets import token_hex
from typing import NamedTuple

from proxy.core.hls.choices import Choices
from proxy.core.hls.names import Marks
from proxy.fetch.asking import Asker
from proxy.fetch.reading import PlaylistReader
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.editions import Editions
from proxy.localise.localiser import Localiser
from proxy.localise.name_quota import NameQuota
from proxy.localise.shelf import Shelf
from proxy.localise.stable_names import StableNames
from proxy.localise.uses import Uses
from proxy.sharing.keys import Keys
from proxy.streams.blueprint import Blueprint
from proxy.streams.json_documents import JsonDocuments
from proxy.streams.kept_playlists import KeptPlaylists
from proxy.streams.learning import Learner
from proxy.streams.loading import Loader
from proxy.streams.lookup import Lookup
from proxy.streams.offline import Offline
from proxy.streams.openers import Opener, Openers
from proxy.streams.playlist_store import PlaylistStore
from proxy.streams.playlists import Playlists
from proxy.streams.prefetch_targets import Around
from proxy.streams.reloads import Reloads
from proxy.streams.shared_media import SharedMedia
from proxy.streams.snapshots import Snapshots
from proxy.streams.stream import Stream
from proxy.streams.warming import Warming
from proxy.upstream.session import Session

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


def presentation_of(
    blueprint: Blueprint,
    *,
    selection: str = "",
    suffix: str = "",
    before: Presentation | None = None,
    room: NameQuota | None = None,
) -> Presentation:
    """Return the presentation for a player's selection.

    `suffix` is appended to the folders in its names; see `core.hls.selection`. The
    names of the presentation `before`, if given, are taken over and counted in `room`.
    """
    marks = Marks(blueprint.rule, blueprint.volatile)
    names = _names(blueprint, marks, suffix) if before is None else before.names
    if room is not None:
        names.catalog.move(room)
    session = blueprint.sessions.opened()
    plan = _Builder(blueprint, suffix=suffix, marks=marks, names=names, session=session)
    playlists = plan.playlists(selection)
    loader = plan.loader(playlists)
    around = plan.around(playlists)
    media = plan.openers.opener(plan.asker, loader, around)
    stream = plan.stream(media, loader, around)
    recordings = blueprint.caches.recordings
    if recordings is not None and isinstance(media, SharedMedia):
        stream.offline = loader.observer = plan.offline(recordings, media)
    return Presentation(stream, names, playlists, session)


def _names(blueprint: Blueprint, marks: Marks, suffix: str) -> Names:
    stable = StableNames(clock=blueprint.clock, steady=marks.steady)
    catalog = Catalog(
        blueprint.entry,
        limit=blueprint.limits.names,
        keeps=stable,
        full=blueprint.warnings.full,
    )
    new_run = partial(token_hex, _RUN_BYTES)
    uses = Uses(suffix, new_run=new_run, agree=blueprint.agree)
    return Names(stable, catalog, Learner(catalog), uses)


class _Builder:
    """Builds the parts of one presentation, which share what is made here."""

    def __init__(
        self,
        blueprint: Blueprint,
        *,
        suffix: str,
        marks: Marks,
        names: Names,
        session: Session,
    ) -> None:
        self._blueprint = blueprint
        self._suffix = suffix
        self._marks = marks
        self._names = names
        self._session = session
        self._clock = blueprint.clock
        self._shelf = Shelf(blueprint)
        self._localiser = Localiser(marks, blueprint.allowed, names.catalog.get, suffix)
        self._snapshots = Snapshots(
            blueprint.caches.snapshots, self._shelf, clock=self._clock
        )
        self.asker = self._asker()

    def _asker(self) -> Asker:
        values = self._blueprint
        return Asker(
            upstream=values.upstream,
            rule=values.rule,
            keeper=values.keeper,
            statuses=values.statuses,
            own=values.own,
            session=self._session,
            guard=values.guard,
            standing=values.standing,
            skewed=values.skewed,
            doubted=values.doubted,
        )

    def playlists(self, selection: str) -> Playlists:
        """Return what loads its playlists."""
        values, names = self._blueprint, self._names
        return Playlists(
            PlaylistReader(
                self.asker,
                values.limits.playlists,
                clock=self._clock,
                selection=selection,
            ),
            self._localiser,
            catalog=names.catalog,
            learner=names.learner,
            editions=Editions(values.caches.editions, self._shelf),
            clock=self._clock,
            warnings=values.warnings,
            stable_names=names.stable,
            session=self._session,
            uses=names.uses,
        )

    def loader(self, playlists: Playlists) -> Loader:
        """Return what loads its playlists and documents once for all players."""
        values, names = self._blueprint, self._names
        documents = JsonDocuments(
            self.asker,
            self._localiser,
            playlists,
            catalog=names.catalog,
            learner=names.learner,
            most_bytes=values.limits.playlists.playlist_bytes,
            clock=self._clock,
            warnings=values.warnings,
        )
        return Loader(
            playlists,
            documents,
            names.catalog,
            self._snapshots,
            clock=self._clock,
            chores=values.chores,
            stable_names=names.stable,
            renewed=self.asker.renewed,
        )

    def around(self, playlists: Playlists) -> Around:
        """Return what is known about a resource besides its URL."""
        uses, steady = self._names.uses, self._marks.steady
        local, clock = self._blueprint.local, self._clock
        keys = Keys(local, self._suffix, uses, steady=steady, clock=clock)

        def choices() -> Choices:
            return playlists.memories.known(ENTRY).ladder.choices

        return Around(self._names.catalog, keys, uses, choices)

    @property
    def openers(self) -> Openers:
        """What builds the opener of its resources."""
        values = self._blueprint
        return Openers(
            values.passing,
            values.limits.key_bytes,
            fills=values.fills,
            redirects=values.redirects,
            allowed=values.allowed,
            ahead=values.ahead,
            chores=values.chores,
            clock=self._clock,
        )

    def stream(self, media: Opener, loader: Loader, around: Around) -> Stream:
        """Return what answers its players."""
        values, clock = self._blueprint, self._clock
        reloads = Reloads(loader, self._snapshots, clock=clock)
        relays = values.fills is not None and not values.redirects
        warms = relays and values.ahead.segments > 0
        return Stream(
            values.name,
            values.local,
            lookup=Lookup(loader, self._names.catalog, clock=clock),
            reloads=reloads,
            warming=Warming(
                reloads.load if warms else None,
                around.choices,
                chores=values.chores,
                clock=clock,
            ),
            media=media,
            stable_names=self._names.stable,
            passing=values.passing,
            clock=clock,
            played=values.played,
        )

    def offline(self, store: PlaylistStore, media: SharedMedia) -> Offline:
        """Return what plays it without its platform.

        A hash of the entry's URL is part of the names in the store, because another
        configuration may have another recording under the same name.
        """
        values = self._blueprint
        source = self._marks.steady(values.entry)
        told = hashlib.blake2b(source.encode(), digest_size=_RUN_BYTES).hexdigest()
        kept = KeptPlaylists(
            store,
            place=f"{values.local}\n{self._suffix}\n{told}",
            trusted=values.trusted,
            clock=self._clock,
        )
        return Offline(
            kept,
            self._snapshots,
            self._names.uses,
            media,
            suffix=self._suffix,
            clock=self._clock,
        )
