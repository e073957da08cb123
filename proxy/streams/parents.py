"""Which playlists may name a local path."""

from collections.abc import Iterator
from dataclasses import dataclass

from proxy.core.kind import Kind
from proxy.streams.catalog import ENTRY, Catalog
from proxy.streams.folders import COMMON, above, common_above


@dataclass(frozen=True, slots=True)
class Parents:
    """The playlists above the names of one stream, as far as the catalog tells."""

    catalog: Catalog

    def of(self, path: str) -> Iterator[str]:
        """Yield the playlists that may name the path, outermost first.

        Each is to be loaded before the next is asked for.
        """
        yield ENTRY
        folder, _, name = path.rpartition("/")
        if folder == COMMON:
            yield from self._all(Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING)
        else:
            yield from self._above(folder)
        if name != ENTRY:
            yield f"{folder}/{ENTRY}"

    def _above(self, folder: str) -> Iterator[str]:
        """Yield what stands above the playlist of a folder."""
        outermost = common_above(folder)
        if outermost and not any(map(self._knows, outermost)):
            # Anything may name it that names more, and what that names in turn.
            for parent in self._all(Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING):
                yield parent
                if any(map(self._knows, outermost)):
                    break
        yield from above(folder, self._knows)
        if not self._knows(f"{folder}/{ENTRY}"):
            # A clone's rendition is named by the manifest alone.
            yield from self._all(Kind.STEERING)
            yield from above(folder, self._knows)

    def _knows(self, path: str) -> bool:
        return self.catalog.get(path) is not None

    def _all(self, *kinds: Kind) -> Iterator[str]:
        """Yield what is of these kinds, also what is learnt of meanwhile."""
        seen = set[str]()
        while new := [path for path in self.catalog.of(*kinds) if path not in seen]:
            seen.update(new)
            yield from new
