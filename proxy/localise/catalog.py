"""The catalog: maps local paths to their current upstream resources.

It is filled only from playlists that the proxy itself fetched for this stream, never
from a request. So no part of a request path ever becomes part of an upstream URL.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice, takewhile
from typing import Protocol

from cachetools import LRUCache

from proxy.core.hls import names
from proxy.core.kind import Kind
from proxy.localise.listing import Listing, Resource, Sheet
from proxy.localise.remedy import remedy
from proxy.localise.room import OwnRoom, Room

ENTRY = "index.m3u8"
"""The local path of the entry playlist, below its stream."""

MOST_PLAYLISTS = 1000
"""The most playlists of one stream about which data is kept between loads."""

MOST_REFUSED = 100
"""How many forbidden references in one version of a playlist are remembered, to report
their origins."""

_AT_A_TIME = 1000
"""How many names are processed before other tasks run; takes a millisecond or two."""

_Past = dict[str, None] | dict[str, float]


@dataclass(slots=True)
class _Parent:
    """The names from one playlist."""

    last: Listing = field(default_factory=Listing)
    """The listing of its last version."""
    folder: str = ""
    """The folder of its own names."""
    skipped: dict[str, None] = field(default_factory=dict)
    """Names missing from the last version, a delta, that still count as listed."""
    older: dict[str, None] = field(default_factory=dict)
    """Names from earlier versions that are no longer listed but stay."""
    leaving: dict[str, float] = field(default_factory=dict)
    """Names that left a live window, and until when they stay, ordered by that time."""
    keep: float = 0.0
    """How long such names stay, in seconds: the longest time any version required."""

    @property
    def size(self) -> int:
        """How many names it has added."""
        past = len(self.skipped) + len(self.older) + len(self.leaving)
        return len(self.last) + past


class Keeps(Protocol):
    """Decides whether a name gets the URL of a newer listing; see `stable_names`."""

    def settled(
        self, listing: Listing, known: Mapping[str, Sheet]
    ) -> Mapping[str, Sheet]:
        """Return the new URLs of shared paths; paths left out keep theirs."""
        ...

    def newer(self, path: str) -> Mapping[str, Sheet]:
        """Switch a path to its waiting URL; return what to replace."""
        ...

    def forget(self, paths: Iterable[str]) -> None:
        """Drop the waiting URLs of paths that are no longer known."""
        ...


class Catalog:
    """The names of one stream. Times are monotonic seconds.

    `room` counts the names together with those of other catalogs. Without it, this
    catalog alone may have `limit` names. `full` is called once if there is no room,
    with the playlist that has too many names and the setting that would help. It is
    called again if better advice is found later.
    """

    def __init__(
        self,
        entry_url: str,
        *,
        limit: int,
        room: Room | None = None,
        keeps: Keeps | None = None,
        full: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self._entry = Sheet(Kind.ENTRY, ENTRY, 0, {ENTRY: entry_url})
        self._begin()
        self.room = OwnRoom(limit) if room is None else room
        self._limit = limit
        self._allowed = self.room.takes(0)
        self._full = full
        self._worst = self._told = ""
        self._compared = False
        self._forbidden: LRUCache[str, str] = LRUCache(MOST_PLAYLISTS)
        self._keeps = keeps

    def _begin(self) -> None:
        """Start with nothing but the entry."""
        # By folder: what its playlist lists there now. Only ever replaced as a whole.
        self._folders: dict[str, Mapping[str, Sheet]] = {}
        self._in_folders = 0
        # Shared names, and names no longer listed that stay.
        self._paths: dict[str, Sheet] = {ENTRY: self._entry}
        # The least recently loaded first. In a plain dict, finding the first item is
        # slow after many were removed from the beginning.
        self._parents: OrderedDict[str, _Parent] = OrderedDict()
        # In the same order: playlists with names that left a window, playlists with
        # names that a later version left out, and playlists that are no longer listed.
        self._leaving: OrderedDict[str, None] = OrderedDict()
        self._older: OrderedDict[str, None] = OrderedDict()
        self._orphans: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._paths) + self._in_folders

    def get(self, path: str) -> Resource | None:
        """Return the resource at the path, or None if it is not known."""
        own = self._folders.get(path.partition("/")[0], {})
        sheet = own.get(path) or self._paths.get(path)
        return None if sheet is None else sheet.resource(path)

    def find(self, path: str) -> Resource | None:
        """Return the resource at the path, whichever extension its name was given.

        If a segment has no suitable extension, its name gets one from the first version
        of its playlist. After a restart, or in a replica, that version may be unknown.
        """
        found = self.get(path)
        if found is None:
            folder, slash, name = path.rpartition("/")
            twins = (f"{folder}{slash}{twin}" for twin in names.twins(name))
            found = next(filter(None, map(self.get, twins)), None)
        return found

    def forbid(self, origins: Mapping[str, str]) -> None:
        """Remember the paths that have no resource because of a forbidden origin."""
        self._forbidden.update(origins)

    def forbidden(self, path: str) -> str:
        """Return the forbidden origin that makes the path unknown; empty if none."""
        return self._forbidden.get(path, "")

    def knows_children_of(self, parent: str) -> bool:
        """Return whether the names from this playlist are still known."""
        return parent in self._parents

    def playlists(self) -> Iterator[str]:
        """Return the paths of the renditions' playlists."""
        suffix = f"/{ENTRY}"
        return iter([path for path in self._paths if path.endswith(suffix)])

    def of(self, *kinds: Kind) -> list[str]:
        """Return the paths of all resources of these kinds, one kind after another."""
        return [p for kind in kinds for p, s in self._paths.items() if s.kind is kind]

    def learn(
        self,
        parent: str,
        listing: Listing,
        *,
        now: float,
        keep: float | None,
        partial: bool = False,
    ) -> None:
        """Add what a playlist lists, all at once; see `learning`."""
        for _ in self.learning(parent, listing, now=now, keep=keep, partial=partial):
            pass

    def learning(
        self,
        parent: str,
        listing: Listing,
        *,
        now: float,
        keep: float | None,
        partial: bool = False,
    ) -> Iterator[None]:
        """Add what a playlist lists; each name gets its newest URL.

        Yields after a few milliseconds of work. Meanwhile other tasks may look names
        up, but must not add any. Once begun, the iterator must be run to its end. For
        renditions that are played, the `Keeps` decides which URL they keep.

        Names no longer listed stay for `keep` seconds, or for the longer time that an
        earlier version required. If `keep` is None they stay for good. RFC 8216bis
        section 6.2.2: a removed segment stays available for the duration of the segment
        plus that of the longest playlist that held it. Names that a `partial` version
        (a delta) skips count as listed.
        """
        known = self._parents.setdefault(parent, _Parent())
        self._parents.move_to_end(parent)  # now the most recently loaded one
        gone: dict[str, None] = {}
        for left_out in known.last.without(listing):
            for some in _portions(left_out):
                self._set_apart(known.last, some)
                gone.update(dict.fromkeys(some))
                yield
        self._publish(known, listing)
        yield from self._list_again(known, listing)
        if partial:
            known.skipped.update(gone)
        else:
            gone.update(known.skipped)
            known.skipped = {}
            yield from self._age(known, gone, now=now, keep=keep)
        yield from self._expire(parent, known, now)
        self._note_past(parent, known)
        names = len(self)
        self._allowed = self.room.takes(names)
        if names > self._allowed.spare:
            yield from self._shrink(parent)
        yield from self._drop_orphans(parent, MOST_PLAYLISTS)
        if len(self) != names:
            self.room.takes(len(self))

    def _list_again(self, known: _Parent, listing: Listing) -> Iterator[None]:
        """Stop treating names that are listed again as past names."""
        for past in (known.skipped, known.older, known.leaving):
            own = past if len(past) <= len(listing.own) else listing.own
            for some in _portions(tuple(own)):
                again = [path for path in some if path in past and path in listing.own]
                for path in again:
                    del past[path]
                    self._paths.pop(path, None)
                yield
            for path in past.keys() & listing.shared.keys():
                del past[path]

    def _age(
        self,
        known: _Parent,
        gone: Mapping[str, None],
        *,
        now: float,
        keep: float | None,
    ) -> Iterator[None]:
        if keep is None:
            for some in _portions(gone):
                known.older.update(dict.fromkeys(some))
                yield
            return
        known.keep = max(known.keep, keep)
        until = now + known.keep
        older, known.older = known.older, {}
        for some in _portions(chain(older, gone)):
            known.leaving.update(dict.fromkeys(some, until))
            yield

    def _expire(self, parent: str, known: _Parent, now: float) -> Iterator[None]:
        over = takewhile(lambda item: item[1] <= now, known.leaving.items())
        for some in _portions([path for path, _ in over]):
            for path in some:
                del known.leaving[path]
                self._forget(parent, path)
            yield

    def _note_past(self, parent: str, known: _Parent) -> None:
        for parents, past in (
            (self._leaving, known.leaving),
            (self._older, known.older),
        ):
            parents.pop(parent, None)
            if past:
                parents[parent] = None

    def _set_apart(self, last: Listing, gone: Iterable[str]) -> None:
        """Keep the names that are gone, but not the rest of their sheets."""
        apart = defaultdict[Sheet, list[str]](list)
        for path in gone:
            sheet = last.own.get(path) or last.shared[path]
            if path in last.own or self._paths.get(path) is sheet:
                apart[sheet].append(path)
        for sheet, paths in apart.items():
            self._paths.update(dict.fromkeys(paths, sheet.of(paths)))

    def _publish(self, known: _Parent, listing: Listing) -> None:
        self._close(known.folder)
        known.last = listing
        if listing.own:
            known.folder = next(iter(listing.own)).partition("/")[0]
            self._close(known.folder)
            self._folders[known.folder] = listing.own
            self._in_folders += len(listing.own)
        shared = listing.shared
        if self._keeps is not None:
            shared = self._keeps.settled(listing, self._paths)
        self._paths.update(shared)

    def move(self, room: Room) -> None:
        """Count the names in another room from now on."""
        self.room.takes(0)
        self.room = room
        self._allowed = room.takes(len(self))

    def forget(self) -> None:
        """Drop all names; must not be called while names are being added."""
        if self._keeps is not None:
            self._keeps.forget(list(self._paths))
        self._begin()

    def renew(self, path: str) -> bool:
        """Switch a path to its URL in the newest listing, if that is different.

        Returns whether it was.
        """
        newer = {} if self._keeps is None else self._keeps.newer(path)
        self._paths.update(newer)
        return bool(newer)

    def _close(self, folder: str) -> None:
        self._in_folders -= len(self._folders.pop(folder, ()))

    def _forget(self, parent: str, path: str) -> None:
        sheet = self._paths.get(path)
        if sheet and sheet.parent == parent:
            del self._paths[path]
            if path in self._parents:
                self._orphans[path] = None
            if self._keeps is not None:
                self._keeps.forget([path])

    def _drop(self, parent: str) -> Iterator[None]:
        """Drop a playlist's names, and the record that it was loaded."""
        dropped = self._parents.pop(parent)
        self._orphans.pop(parent, None)
        self._close(dropped.folder)
        self._leaving.pop(parent, None)
        self._older.pop(parent, None)
        pasts = dropped.leaving, dropped.older, dropped.skipped
        for some in _portions(chain(*pasts, dropped.last.shared)):
            for path in some:
                self._forget(parent, path)
            yield

    def _drop_orphans(self, newest: str, most: int) -> Iterator[None]:
        """Drop playlists that no other playlist lists, until `most` are left.

        Some of them list nothing, so a limit on names would never drop them.
        """
        while len(self._orphans) > most:
            path, _ = self._orphans.popitem(last=False)
            if path in self._parents and path not in self._paths and path != newest:
                yield from self._drop(path)

    def _shrink(self, newest: str) -> Iterator[None]:
        """Drop names to keep the catalog bounded; each takes constant time.

        Names no longer listed go first: those that left a window, those that a later
        version left out, then playlists that no other playlist lists. Next go whole
        playlists, starting with the least recently loaded. The playlist that was just
        loaded, and the entry, lose nothing that they list.
        """
        if len(self) > self._allowed.names:
            self._advise(newest)
        spare = self._allowed.spare
        yield from self._shorten(self._leaving, lambda parent: parent.leaving)
        yield from self._shorten(self._older, lambda parent: parent.older)
        while len(self) > spare and self._orphans:
            yield from self._drop_orphans(newest, len(self._orphans) - 1)
        while len(self) > self._allowed.names:
            others = (name for name in self._parents if name not in (newest, ENTRY))
            oldest = next(others, None)
            if oldest is None:
                break
            yield from self._drop(oldest)
        for name in (newest, ENTRY):
            if known := self._parents.get(name):
                yield from self._forget_first(name, known.skipped, self._allowed.names)

    def _shorten(
        self, parents: OrderedDict[str, None], past_of: Callable[[_Parent], _Past]
    ) -> Iterator[None]:
        while len(self) > self._allowed.spare and parents:
            name = next(iter(parents))
            past = past_of(self._parents[name])
            yield from self._forget_first(name, past, self._allowed.spare)
            if not past:
                del parents[name]

    def _forget_first(self, parent: str, past: _Past, most: int) -> Iterator[None]:
        """Drop the oldest of these past names until at most `most` names are left."""
        while past and (excess := len(self) - most) > 0:
            for path in list(islice(past, min(excess, _AT_A_TIME))):
                del past[path]
                self._forget(parent, path)
            yield

    def _advise(self, newest: str) -> None:
        """Report the playlist with the most names, and the setting that would help.

        It is reported once, and once more if a later version gives better advice.
        """
        if not self._worst:
            self._worst = max(self._parents, key=lambda path: self._parents[path].size)
        elif newest != self._worst or self._compared:
            return
        known = self._parents[self._worst]
        past = (*reversed(known.older), *reversed(known.leaving))
        self._compared = bool(past)
        advice = remedy(
            self._limit,
            _urls((path, self._paths.get(path)) for path in past),
            _urls(chain(known.last.own.items(), known.last.shared.items())),
            slides=not known.older,
        )
        if advice != self._told:
            self._told = advice
            self._full(self._worst, advice)


def _urls(sheets: Iterable[tuple[str, Sheet | None]]) -> Iterator[str]:
    return (sheet.resource(path).url for path, sheet in sheets if sheet)


def _portions(paths: Iterable[str]) -> Iterator[list[str]]:
    """Yield all paths in lists of at most `_AT_A_TIME`."""
    each = iter(paths)
    while some := list(islice(each, _AT_A_TIME)):
        yield some
