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


@dataclass(frozen=True, slots=True)
class Resource:
    """What a local path stands for."""

    url: str = field(repr=False)
    """The upstream URL of today, exact, a token of ours taken out."""
    kind: Kind
    parent: str
    """The local path of the playlist that named it last; its own for the entry."""


@dataclass(slots=True)
class _Parent:
    """What one playlist named: in its last version, and before that."""

    names: Mapping[str, Resource] = field(default_factory=dict)
    leaving: deque[tuple[float, str]] = field(default_factory=deque)


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
        if keep is not None:
            gone = known.names.keys() - names.keys()
            known.leaving.extend((now + keep, path) for path in gone)
            known.names = names
        else:
            known.names = {**known.names, **names}
        self._paths.update(names)
        self._drop_expired(parent, known, now)
        self._shrink(parent)

    def _drop_expired(self, name: str, parent: _Parent, now: float) -> None:
        while parent.leaving and parent.leaving[0][0] <= now:
            self._forget(name, parent, parent.leaving.popleft()[1])

    def _forget(self, name: str, parent: _Parent, path: str) -> None:
        resource = self._paths.get(path)
        if resource and resource.parent == name and path not in parent.names:
            del self._paths[path]

    def _shrink(self, newest: str) -> None:
        """Keep the catalog bounded; the playlist that was just loaded loses no name.

        What has left a window goes first, then whole playlists, the one least
        recently loaded before the others.
        """
        for name, parent in self._parents.items():
            while parent.leaving and len(self._paths) > self._limit:
                self._forget(name, parent, parent.leaving.popleft()[1])
        for name in [n for n in self._parents if n not in (newest, ENTRY)]:
            if len(self._paths) <= self._limit:
                return
            parent = self._parents.pop(name)
            paths, parent.names = parent.names, {}
            for path in paths:
                self._forget(name, parent, path)
