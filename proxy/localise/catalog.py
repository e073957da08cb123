"""The catalog: local path -> what stands behind it today.

Filled only from playlists that the proxy itself fetched for this stream, never from a
request: no part of a request path ever becomes part of an upstream URL.
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
"""Of one stream, about which something is remembered between their loads."""

MOST_REFUSED = 100
"""Of one version of a playlist, which references are remembered that may not be asked
for: to tell which origin that was."""

_AT_A_TIME = 1000
"""How many names are worked on before others have a turn: for a millisecond or two."""

_Past = dict[str, None] | dict[str, float]


@dataclass(slots=True)
class _Parent:
    """What one playlist named."""

    last: Listing = field(default_factory=Listing)
    """In its last version."""
    folder: str = ""
    """Where its own names lie."""
    skipped: dict[str, None] = field(default_factory=dict)
    """Names that the last version left out, and that are listed all the same."""
    older: dict[str, None] = field(default_factory=dict)
    """Names of versions before that no version lists any more, and that stay."""
    leaving: dict[str, float] = field(default_factory=dict)
    """Those that have left a live window, and until when they stay, in that order."""
    keep: float = 0.0
    """For how long: what its longest version asked for."""

    @property
    def size(self) -> int:
        """How many names it has brought."""
        past = len(self.skipped) + len(self.older) + len(self.leaving)
        return len(self.last) + past


class Keeps(Protocol):
    """Decides whether a name takes what a newer list has for it; see `stable_names`."""

    def settled(
        self, listing: Listing, known: Mapping[str, Sheet]
    ) -> Mapping[str, Sheet]:
        """Return what shared paths mean from now on."""
        ...

    def newer(self, path: str) -> Mapping[str, Sheet]:
        """Return what to replace where the path is to mean what waits for it."""
        ...

    def forget(self, paths: Iterable[str]) -> None:
        """Drop what waits for paths that are known no more."""
        ...


class Catalog:
    """The names of one stream. Times are monotonic seconds.

    `room` is where they are counted, among those of others; without it they have as
    many as the limit for themselves. `full` is told once, where there is no room, which
    playlist has too many and which setting would help; again if more is known of that.
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
        """Know nothing but the entry."""
        # By folder: what its playlist names there now. Only ever replaced as a whole.
        self._folders: dict[str, Mapping[str, Sheet]] = {}
        self._in_folders = 0
        # What is shared, and what a playlist named before and stays.
        self._paths: dict[str, Sheet] = {ENTRY: self._entry}
        # The least recently loaded first; the first of a plain dict is found slowly
        # where many were taken from its beginning.
        self._parents: OrderedDict[str, _Parent] = OrderedDict()
        # In the same order: whose names have left a window, have been left out of a
        # later version, and which playlists nothing lists any more.
        self._leaving: OrderedDict[str, None] = OrderedDict()
        self._older: OrderedDict[str, None] = OrderedDict()
        self._orphans: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._paths) + self._in_folders

    def get(self, path: str) -> Resource | None:
        """Return what the path stands for, or None if it is not known."""
        own = self._folders.get(path.partition("/")[0], {})
        sheet = own.get(path) or self._paths.get(path)
        return None if sheet is None else sheet.resource(path)

    def find(self, path: str) -> Resource | None:
        """Return what the path stands for, by whichever extension it was given.

        That of a segment without a fitting one follows from the first version of its
        playlist, which a replica or a restart need not have seen.
        """
        found = self.get(path)
        if found is None:
            folder, slash, name = path.rpartition("/")
            twins = (f"{folder}{slash}{twin}" for twin in names.twins(name))
            found = next(filter(None, map(self.get, twins)), None)
        return found

    def forbid(self, origins: Mapping[str, str]) -> None:
        """Remember which paths stand for nothing, since their origin is not allowed."""
        self._forbidden.update(origins)

    def forbidden(self, path: str) -> str:
        """Return the origin that keeps the path from being known, else nothing."""
        return self._forbidden.get(path, "")

    def knows_children_of(self, parent: str) -> bool:
        """Tell whether what the playlist named is still here."""
        return parent in self._parents

    def playlists(self) -> Iterator[str]:
        """Return the paths of the renditions' playlists."""
        suffix = f"/{ENTRY}"
        return iter([path for path in self._paths if path.endswith(suffix)])

    def of(self, *kinds: Kind) -> list[str]:
        """Return the paths of what is of these kinds, one kind after the other."""
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
        """Take in what a playlist names, at once; see `learning`."""
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
        """Take in what a playlist names; each name points to its newest URL.

        Yields after some milliseconds of work, where others may look names up, but not
        learn; once begun it has to come to its end. For renditions that are played
        `keeps` says which URL they go on with.

        What the playlist no longer names stays for `keep` seconds, or for what an
        earlier version asked (None: for good). RFC 8216bis section 6.2.2: a removed
        segment stays available for the duration of the segment plus that of the longest
        playlist that held it. What a `partial` version (a delta) skips is listed still.
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
        """Let what is listed again be no past name any more."""
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
        """Keep what is gone without all that was named beside it."""
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
        """Count the names somewhere else from now on."""
        self.room.takes(0)
        self.room = room
        self._allowed = room.takes(len(self))

    def forget(self) -> None:
        """Drop all names; not while some are being learnt."""
        if self._keeps is not None:
            self._keeps.forget(list(self._paths))
        self._begin()

    def renew(self, path: str) -> bool:
        """Let a path mean what the newest list has for it, if that is something else.

        Return whether it was.
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
        """Forget a playlist's names, and that it was ever loaded."""
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
        """Forget playlists that no other lists, until so many are left.

        Some of them name nothing, so that no limit on names would ever end them.
        """
        while len(self._orphans) > most:
            path, _ = self._orphans.popitem(last=False)
            if path in self._parents and path not in self._paths and path != newest:
                yield from self._drop(path)

    def _shrink(self, newest: str) -> Iterator[None]:
        """Keep the catalog bounded; each name that goes takes constant time.

        First goes what nothing lists any more: what has left a window, what a later
        version left out, the playlists that no other lists. Then whole playlists, the
        one least recently loaded before the others. The one that was just loaded, and
        the entry, lose nothing that they list.
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
        """Forget the oldest of such names, as many as it takes."""
        while past and (excess := len(self) - most) > 0:
            for path in list(islice(past, min(excess, _AT_A_TIME))):
                del past[path]
                self._forget(parent, path)
            yield

    def _advise(self, newest: str) -> None:
        """Tell which playlist has most names, and which setting would help.

        Once; and once more if a later version of it tells more than the first could.
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
    """Yield all of them, so many at a time."""
    each = iter(paths)
    while some := list(islice(each, _AT_A_TIME)):
        yield some
