"""The local paths that a playlist lists, and their upstream URLs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace

from proxy.core.kind import Kind
from proxy.core.values import value

# These are in the folder of their playlist, and no other playlist lists them.
_OWN = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
_MOST_MADE = 128


@value
class Resource:
    """The upstream resource of a local path."""

    url: str = field(repr=False)
    """The exact current upstream URL, without our token."""
    kind: Kind
    parent: str
    """The local path of the last playlist that listed it; its own for the entry."""
    depth: int = 0
    """How many playlists are above it; zero for the entry."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The resources of one kind that a section of a playlist lists.

    A long playlist lists tens of thousands. A `Resource` is made only for the few that
    are requested.
    """

    kind: Kind
    parent: str
    _: KW_ONLY
    depth: int
    urls: Mapping[str, str] = field(repr=False)
    """Local path -> upstream URL, which is empty for a file `beside` the playlist."""
    beside: str = field(default="", repr=False)
    """The URL prefix to which such a file's name is appended."""
    _made: dict[str, Resource] = field(default_factory=dict, init=False, repr=False)

    def resource(self, path: str) -> Resource:
        """Return the resource of one of its paths; mostly the same object each time."""
        made = self._made.get(path)
        if made is None:
            url = self.urls[path] or self.beside + path.rpartition("/")[2]
            made = Resource(url, self.kind, self.parent, self.depth)
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            self._made[path] = made
        return made

    def of(self, paths: Iterable[str]) -> "Sheet":
        """Return a sheet with only these of its paths."""
        return replace(self, urls={path: self.urls[path] for path in paths})


@dataclass(frozen=True, slots=True)
class Listing:
    """The names in one version of a playlist, prepared to be learnt quickly."""

    sheets: frozenset[Sheet] = frozenset()
    own: Mapping[str, Sheet] = field(default_factory=dict, repr=False)
    """By local path: what is in the playlist's own folder."""
    shared: Mapping[str, Sheet] = field(default_factory=dict, repr=False)
    """By local path: what other playlists may list too."""

    @classmethod
    def of(cls, sheets: Iterable[Sheet]) -> "Listing":
        """Return the sheets' listing; the later sheet counts for a repeated name."""
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

    def without(self, later: "Listing") -> Iterator[set[str]]:
        """Yield the paths that a later version no longer lists, one sheet at a time."""
        own = later.own.keys()
        for sheet in self.sheets - later.sheets:
            if not sheet.urls.keys() <= own:  # cheap; most only got new signatures
                # Not `-`, which would iterate over all names of the later version.
                yield set(sheet.urls).difference(later.own).difference(later.shared)
