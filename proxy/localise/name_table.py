"""The local names of a stream, and the playlists that they come from.

It only holds them; `catalog` decides what is added and how long it stays, `shrinking`
what is dropped if there is no room.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from proxy.core.kind import Kind
from proxy.localise.listing import Listing, Resource, Sheet

ENTRY = "index.m3u8"
"""The local path of the entry playlist, below its stream."""

AT_A_TIME = 1000
"""How many names are processed before other tasks run; takes a millisecond or two."""

Past = dict[str, None] | dict[str, float]
"""Names that are no longer listed; if they leave at a time, with that time."""


@dataclass(slots=True, kw_only=True)
class ListedNames:
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


class NameTable:
    """The names of one stream, by path, and their parents by the path of a playlist.

    A name that was dropped is passed to `forgotten`.
    """

    def __init__(self, entry_url: str, forgotten: Callable[[list[str]], None]) -> None:
        self._entry = Sheet(Kind.ENTRY, ENTRY, depth=0, urls={ENTRY: entry_url})
        self._forgotten = forgotten
        self.clear()

    def clear(self) -> None:
        """Hold nothing but the entry."""
        # By folder: what its playlist lists there now. Only ever replaced as a whole.
        self._folders: dict[str, Mapping[str, Sheet]] = {}
        self._in_folders = 0
        self.paths: dict[str, Sheet] = {ENTRY: self._entry}
        """Shared names, and names no longer listed that stay."""
        # In a plain dict, finding the first item is slow after many were removed from
        # the beginning.
        self.parents: OrderedDict[str, ListedNames] = OrderedDict()
        """The least recently loaded first."""
        self.leaving: OrderedDict[str, None] = OrderedDict()
        """In the same order: playlists with names that left a window."""
        self.older: OrderedDict[str, None] = OrderedDict()
        """Playlists with names that a later version left out."""
        self.orphans: OrderedDict[str, None] = OrderedDict()
        """Playlists that are no longer listed."""

    def __len__(self) -> int:
        return len(self.paths) + self._in_folders

    def get(self, path: str) -> Resource | None:
        """Return the resource at the path, or None if it is not known."""
        own = self._folders.get(path.partition("/")[0], {})
        sheet = own.get(path) or self.paths.get(path)
        return None if sheet is None else sheet.resource(path)

    def parent(self, path: str) -> ListedNames:
        """Return the names from a playlist, which becomes the most recently loaded."""
        known = self.parents.setdefault(path, ListedNames())
        self.parents.move_to_end(path)
        return known

    def publish(self, known: ListedNames, listing: Listing) -> None:
        """Replace what a playlist lists in its own folder."""
        self._close(known.folder)
        known.last = listing
        if listing.own:
            known.folder = next(iter(listing.own)).partition("/")[0]
            self._close(known.folder)
            self._folders[known.folder] = listing.own
            self._in_folders += len(listing.own)

    def set_apart(self, last: Listing, gone: Iterable[str]) -> None:
        """Keep the names that are gone, but not the rest of their sheets."""
        apart = defaultdict[Sheet, list[str]](list)
        for path in gone:
            sheet = last.own.get(path) or last.shared[path]
            if path in last.own or self.paths.get(path) is sheet:
                apart[sheet].append(path)
        for sheet, paths in apart.items():
            self.paths.update(dict.fromkeys(paths, sheet.of(paths)))

    def note_past(self, parent: str, known: ListedNames) -> None:
        """Note whether a playlist has names that are no longer listed."""
        for parents, past in (
            (self.leaving, known.leaving),
            (self.older, known.older),
        ):
            parents.pop(parent, None)
            if past:
                parents[parent] = None

    def forget(self, parent: str, path: str) -> None:
        """Drop a name, if it still comes from this playlist."""
        sheet = self.paths.get(path)
        if sheet and sheet.parent == parent:
            del self.paths[path]
            if path in self.parents:
                self.orphans[path] = None
            self._forgotten([path])

    def drop(self, parent: str) -> Iterator[None]:
        """Drop a playlist's names, and the record that it was loaded."""
        dropped = self.parents.pop(parent)
        self.orphans.pop(parent, None)
        self._close(dropped.folder)
        self.leaving.pop(parent, None)
        self.older.pop(parent, None)
        pasts = dropped.leaving, dropped.older, dropped.skipped
        for some in portions(chain(*pasts, dropped.last.shared)):
            for path in some:
                self.forget(parent, path)
            yield

    def _close(self, folder: str) -> None:
        self._in_folders -= len(self._folders.pop(folder, ()))


def portions(paths: Iterable[str]) -> Iterator[list[str]]:
    """Yield all paths in lists of at most `AT_A_TIME`."""
    each = iter(paths)
    while some := list(islice(each, AT_A_TIME)):
        yield some
