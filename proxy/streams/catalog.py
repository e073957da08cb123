"""The catalog: local path -> what stands behind it today.

Filled only from playlists that the proxy itself fetched for this stream, never from a
request: no part of a request path ever becomes part of an upstream URL.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from proxy.core.kind import Kind

ENTRY = "index.m3u8"
"""The local path of the entry playlist, below its stream."""

MOST_PLAYLISTS = 1000
"""Of one stream, about which something is remembered between their loads."""


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


@dataclass(slots=True)
class _Parent:
    """What one playlist named."""

    names: Mapping[str, Resource] = field(default_factory=dict)
    """Those of its last version."""
    older: dict[str, Resource] = field(default_factory=dict)
    """Those of versions before, which stay: a recording, what a delta skips."""
    leaving: deque[tuple[float, str]] = field(default_factory=deque)
    """Those that have left a live window, and until when they stay."""

    def holds(self, path: str) -> bool:
        """Tell whether the path is to be kept for this playlist's sake."""
        return path in self.names or path in self.older


class Catalog:
    """The names of one stream. Times are monotonic seconds."""

    def __init__(self, entry_url: str, *, limit: int) -> None:
        entry = Resource(entry_url, Kind.ENTRY, ENTRY)
        self._paths: dict[str, Resource] = {ENTRY: entry}
        self._parents: dict[str, _Parent] = {}
        self._limit = limit

    def __len__(self) -> int:
        return len(self._paths)

    def get(self, path: str) -> Resource | None:
        """Return what the path stands for, or None if it is not known."""
        return self._paths.get(path)

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
        names: Mapping[str, Resource],
        *,
        now: float,
        keep: float | None,
    ) -> None:
        """Take in what a playlist names; each name points to its newest URL at once.

        What the playlist no longer names stays for `keep` seconds (None: for good).
        RFC 8216bis section 6.2.2: a removed segment stays available for the duration
        of the segment plus that of the longest playlist that held it.
        """
        known = self._parents.pop(parent, None) or _Parent()
        self._parents[parent] = known  # now the most recently loaded one
        gone = {**known.older, **known.names}
        for path in names.keys() & gone.keys():
            del gone[path]
        known.names, known.older = names, gone if keep is None else {}
        if keep is not None:
            known.leaving.extend((now + keep, path) for path in gone)
        self._paths.update(names)
        while known.leaving and known.leaving[0][0] <= now:
            self._forget(parent, known.leaving.popleft()[1])
        self._shrink(parent)

    def _forget(self, parent: str, path: str) -> None:
        resource = self._paths.get(path)
        if resource and resource.parent == parent:
            keeper = self._parents.get(parent)
            if keeper is None or not keeper.holds(path):
                del self._paths[path]

    def _shrink(self, newest: str) -> None:
        """Keep the catalog bounded; the playlist that was just loaded loses no name.

        What has left a window goes first, then whole playlists, the one least
        recently loaded before the others, then what is no more than remembered.
        """
        for name, parent in self._parents.items():
            while parent.leaving and len(self._paths) > self._limit:
                self._forget(name, parent.leaving.popleft()[1])
        for name in [n for n in self._parents if n not in (newest, ENTRY)]:
            if len(self._paths) > self._limit:
                dropped = self._parents.pop(name)
                for path in {**dropped.older, **dropped.names}:
                    self._forget(name, path)
        for name in (newest, ENTRY):
            kept = self._parents.get(name)
            while kept and kept.older and len(self._paths) > self._limit:
                path = next(iter(kept.older))
                del kept.older[path]
                self._forget(name, path)
