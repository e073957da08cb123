"""The catalog: local path -> what stands behind it today.

Filled only from playlists that the proxy itself fetched for this stream, never from a
request: no part of a request path ever becomes part of an upstream URL.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from cachetools import LRUCache

from proxy.core.kind import Kind

ENTRY = "index.m3u8"
"""The local path of the entry playlist, below its stream."""

MOST_PLAYLISTS = 1000
"""Of one stream, about which something is remembered between their loads."""

MOST_REFUSED = 100
"""Of one version of a playlist, which references are remembered that may not be asked
for: to tell which origin that was."""

# These lie in the folder of their playlist, and no other playlist names them.
_OWN = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})


@dataclass(frozen=True, slots=True)
class Resource:
    """What a local path stands for."""

    url: str = field(repr=False)
    """The upstream URL of today, exact, a token of ours taken out."""
    kind: Kind
    parent: str
    """The local path of the playlist that named it last; its own for the entry."""
    depth: int = 0
    """How many playlists stand above it: the entry has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """What a stretch of a playlist names of one kind.

    A long playlist names tens of thousands; a `Resource` is made for the few that are
    asked for.
    """

    kind: Kind
    parent: str
    depth: int
    urls: Mapping[str, str] = field(repr=False)
    """Local path -> upstream URL, empty for a file `beside` the playlist."""
    beside: str = field(default="", repr=False)
    """What its file name is appended to."""

    def resource(self, path: str) -> Resource:
        """Return what one of its paths stands for."""
        url = self.urls[path] or self.beside + path.rpartition("/")[2]
        return Resource(url, self.kind, self.parent, self.depth)

    def of(self, paths: Iterable[str]) -> "Sheet":
        """Return it without all but these of its paths."""
        return replace(self, urls={path: self.urls[path] for path in paths})


@dataclass(frozen=True, slots=True)
class Listing:
    """What one version of a playlist names: takes time to make, and none to learn."""

    sheets: frozenset[Sheet] = frozenset()
    own: Mapping[str, Sheet] = field(default_factory=dict, repr=False)
    """By local path, what lies in the playlist's own folder."""
    shared: Mapping[str, Sheet] = field(default_factory=dict, repr=False)
    """By local path, what other playlists may name too."""

    @classmethod
    def of(cls, sheets: Iterable[Sheet]) -> "Listing":
        """Return what the sheets list; where two have one name the later one counts."""
        all_ = tuple(sheets)
        own: dict[str, Sheet] = {}
        shared: dict[str, Sheet] = {}
        for sheet in all_:
            paths = own if sheet.kind in _OWN else shared
            paths.update(dict.fromkeys(sheet.urls, sheet))
        return cls(frozenset(all_), own, shared)

    def __len__(self) -> int:
        return (
            len(self.own.keys() | self.shared.keys()) if self.shared else len(self.own)
        )

    def without(self, later: "Listing") -> set[str]:
        """Return what a later version no longer names."""
        gone: set[str] = set()
        own, shared = later.own.keys(), later.shared.keys()
        for sheet in self.sheets - later.sheets:
            if not sheet.urls.keys() <= own:  # cheap: most are signed anew, no more
                gone.update(sheet.urls.keys() - own - shared)
        return gone


@dataclass(slots=True)
class _Parent:
    """What one playlist named."""

    last: Listing = field(default_factory=Listing)
    """In its last version."""
    folder: str = ""
    """Where its own names lie."""
    older: dict[str, None] = field(default_factory=dict)
    """Names of versions before, which stay: a recording, what a delta skips."""
    leaving: dict[str, float] = field(default_factory=dict)
    """Those that have left a live window, and until when they stay, in that order."""
    keep: float = 0.0
    """For how long: what its longest version asked for."""


class Catalog:
    """The names of one stream. Times are monotonic seconds."""

    def __init__(self, entry_url: str, *, limit: int) -> None:
        entry = Sheet(Kind.ENTRY, ENTRY, 0, {ENTRY: entry_url})
        # By folder: what its playlist names there now. Only ever replaced as a whole.
        self._folders: dict[str, Mapping[str, Sheet]] = {}
        # What is shared, and what a playlist named before and stays.
        self._paths: dict[str, Sheet] = {ENTRY: entry}
        self._parents: dict[str, _Parent] = {}
        self._limit = limit
        self._forbidden: LRUCache[str, str] = LRUCache(MOST_PLAYLISTS)

    def __len__(self) -> int:
        return len(self._paths) + sum(map(len, self._folders.values()))

    def get(self, path: str) -> Resource | None:
        """Return what the path stands for, or None if it is not known."""
        own = self._folders.get(path.partition("/")[0], {})
        sheet = own.get(path) or self._paths.get(path)
        return None if sheet is None else sheet.resource(path)

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
        self, parent: str, listing: Listing, *, now: float, keep: float | None
    ) -> None:
        """Take in what a playlist names; each name points to its newest URL at once.

        What the playlist no longer names stays for `keep` seconds, or for what an
        earlier version asked (None: for good). RFC 8216bis section 6.2.2: a removed
        segment stays available for the duration of the segment plus that of the longest
        playlist that held it.
        """
        known = self._parents.pop(parent, None) or _Parent()
        self._parents[parent] = known  # now the most recently loaded one
        gone = known.last.without(listing)
        self._set_apart(known.last, gone)
        for past in (known.older, known.leaving):
            for path in past.keys() & listing.own.keys():
                del past[path]
                self._paths.pop(path, None)
            for path in past.keys() & listing.shared.keys():
                del past[path]
        self._publish(known, listing)
        if keep is None:
            known.older.update(dict.fromkeys(gone))
        else:
            known.keep = max(known.keep, keep)
            until = now + known.keep
            known.leaving.update(dict.fromkeys((*known.older, *gone), until))
            known.older = {}
        while known.leaving and next(iter(known.leaving.values())) <= now:
            self._forget_first(parent, known.leaving)
        self._shrink(parent)

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
        self._folders.pop(known.folder, None)
        known.last = listing
        if listing.own:
            known.folder = next(iter(listing.own)).partition("/")[0]
            self._folders[known.folder] = listing.own
        self._paths.update(listing.shared)

    def _forget(self, parent: str, path: str) -> None:
        sheet = self._paths.get(path)
        if sheet and sheet.parent == parent:
            del self._paths[path]

    def _forget_first(
        self, parent: str, past: dict[str, float] | dict[str, None]
    ) -> None:
        path = next(iter(past))
        del past[path]
        self._forget(parent, path)

    def _shrink(self, newest: str) -> None:
        """Keep the catalog bounded; the playlist that was just loaded loses no name.

        What has left a window goes first, then whole playlists, the one least
        recently loaded before the others, then what is no more than remembered.
        """
        if len(self) <= self._limit:
            return
        for name, parent in self._parents.items():
            while parent.leaving and len(self) > self._limit:
                self._forget_first(name, parent.leaving)
        for name in [n for n in self._parents if n not in (newest, ENTRY)]:
            if len(self) > self._limit:
                dropped = self._parents.pop(name)
                self._folders.pop(dropped.folder, None)
                for path in (*dropped.older, *dropped.last.shared):
                    self._forget(name, path)
        for name in (newest, ENTRY):
            kept = self._parents.get(name)
            while kept and kept.older and len(self) > self._limit:
                self._forget_first(name, kept.older)
