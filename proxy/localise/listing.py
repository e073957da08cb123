"""What a playlist names: local paths, and the upstream URLs behind them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from proxy.core.kind import Kind

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

    def without(self, later: "Listing") -> Iterator[set[str]]:
        """Yield what a later version no longer names, a stretch at a time."""
        own = later.own.keys()
        for sheet in self.sheets - later.sheets:
            if not sheet.urls.keys() <= own:  # cheap: most are signed anew, no more
                # Not `-`, which would walk through all that the later one names.
                yield set(sheet.urls).difference(later.own).difference(later.shared)
