"""The catalog: local path -> what stands behind it today.

Filled only from playlists that the proxy itself fetched for this stream, never from a
request: no part of a request path ever becomes part of an upstream URL.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.core.kind import Kind

ENTRY = "index.m3u8"
"""The local path of the entry playlist, below its stream."""

MOST_PLAYLISTS = 1000
"""Of one stream, about which something is remembered between their loads."""

# These lie in the folder of their playlist, and no other playlist names them.
_OWN = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# Up to here it is cheaper to look a path up in all sheets than to list their paths.
_FEW = 64


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


@dataclass(slots=True)
class _Parent:
    """What one playlist named."""

    sheets: frozenset[Sheet] = frozenset()
    """Those of its last version."""
    older: dict[str, None] = field(default_factory=dict)
    """Names of versions before, which stay: a recording, what a delta skips."""
    leaving: deque[tuple[float, str]] = field(default_factory=deque)
    """Those that have left a live window, and until when they stay."""

    def left(
        self, sheets: frozenset[Sheet], new: Mapping[str, Sheet]
    ) -> dict[str, Sheet | None]:
        """Return the names of sheets that are gone, and which other one has them."""
        gone = {path for sheet in self.sheets - sheets for path in sheet.urls}
        gone.difference_update(new)
        staying = self.sheets & sheets
        if len(gone) <= _FEW:
            return {p: next((s for s in staying if p in s.urls), None) for p in gone}
        there = {path: sheet for sheet in staying for path in sheet.urls}
        return {path: there.get(path) for path in gone}


class Catalog:
    """The names of one stream. Times are monotonic seconds."""

    def __init__(self, entry_url: str, *, limit: int) -> None:
        entry = Sheet(Kind.ENTRY, ENTRY, 0, {ENTRY: entry_url})
        self._paths: dict[str, Sheet] = {ENTRY: entry}
        self._parents: dict[str, _Parent] = {}
        self._limit = limit

    def __len__(self) -> int:
        return len(self._paths)

    def get(self, path: str) -> Resource | None:
        """Return what the path stands for, or None if it is not known."""
        sheet = self._paths.get(path)
        return None if sheet is None else sheet.resource(path)

    def knows_children_of(self, parent: str) -> bool:
        """Tell whether what the playlist named is still here."""
        return parent in self._parents

    def playlists(self) -> Iterator[str]:
        """Return the paths of the renditions' playlists."""
        suffix = f"/{ENTRY}"
        return iter([path for path in self._paths if path.endswith(suffix)])

    def learn(
        self,
        parent: str,
        sheets: Sequence[Sheet],
        *,
        now: float,
        keep: float | None,
    ) -> None:
        """Take in what a playlist names; each name points to its newest URL at once.

        Sheets that the last version had too cost nothing. Where two have one name the
        later one counts. What the playlist no longer names stays for `keep` seconds
        (None: for good). RFC 8216bis section 6.2.2: a removed segment stays available
        for the duration of the segment plus that of the longest playlist that held it.
        """
        known = self._parents.pop(parent, None) or _Parent()
        self._parents[parent] = known  # now the most recently loaded one
        new: dict[str, Sheet] = {}
        for sheet in sheets:
            if sheet not in known.sheets or sheet.kind not in _OWN:
                new.update(dict.fromkeys(sheet.urls, sheet))
        current = frozenset(sheets)
        gone = dict.fromkeys(known.older) if keep is not None else {}
        for path, other in known.left(current, new).items():
            if other is None:
                gone[path] = None
            else:
                self._paths[path] = other
        known.sheets = current
        self._paths.update(new)
        for path in known.older.keys() & new.keys():
            del known.older[path]
            gone.pop(path, None)
        if keep is None:
            known.older.update(gone)
        else:
            known.older = {}
            known.leaving.extend((now + keep, path) for path in gone)
        while known.leaving and known.leaving[0][0] <= now:
            self._forget(parent, known.leaving.popleft()[1])
        self._shrink(parent)

    def _forget(self, parent: str, path: str) -> None:
        sheet = self._paths.get(path)
        if sheet and sheet.parent == parent:
            keeper = self._parents.get(parent)
            named = keeper and (sheet in keeper.sheets or path in keeper.older)
            if not named:
                del self._paths[path]

    def _shrink(self, newest: str) -> None:
        """Keep the catalog bounded; the playlist that was just loaded loses no name.

        What has left a window goes first, then whole playlists, the one least
        recently loaded before the others, then what is no more than remembered.
        """
        if len(self._paths) <= self._limit:
            return
        for name, parent in self._parents.items():
            while parent.leaving and len(self._paths) > self._limit:
                self._forget(name, parent.leaving.popleft()[1])
        for name in [n for n in self._parents if n not in (newest, ENTRY)]:
            if len(self._paths) > self._limit:
                dropped = self._parents.pop(name)
                for urls in (dropped.older, *(sheet.urls for sheet in dropped.sheets)):
                    for path in urls:
                        self._forget(name, path)
        for name in (newest, ENTRY):
            kept = self._parents.get(name)
            while kept and kept.older and len(self._paths) > self._limit:
                path = next(iter(kept.older))
                del kept.older[path]
                self._forget(name, path)
