"""Which playlists may name a local path."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.folders import COMMON, above, common_above, is_common

_PLAYLISTS = (Kind.PLAYLIST,)
# The last two name playlists, and all else by way of them alone.
_ALL = (Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING)


@dataclass(frozen=True, slots=True)
class Parent:
    """A playlist or document that may name the path."""

    path: str
    guess: bool = False
    """Whether nothing but its being there speaks for it."""
    decisive: bool = True
    """Whether the path cannot be called unknown before this was looked at."""


@dataclass(frozen=True, slots=True)
class Parents:
    """The playlists above the names of one stream, as far as the catalog tells."""

    catalog: Catalog
    likely_first: Callable[[Iterable[str]], Iterable[str]] = iter
    """Sorts what is guessed, and leaves out what cannot tell more than it has."""
    spent: Callable[[], bool] = bool
    """Whether no more may be guessed for now: one is still named, to be waited for."""

    def of(self, path: str) -> Iterator[Parent]:
        """Yield the playlists that may name the path, outermost first.

        Each is to be loaded before the next is asked for.
        """
        yield Parent(ENTRY)
        folder, _, name = path.rpartition("/")
        if folder != COMMON:
            yield from self._above(folder)
        elif is_common(name):
            playlist = name.endswith((".m3u8", ".m3u"))
            yield from self._guessed(*_ALL, decisive=_ALL if playlist else _PLAYLISTS)
        if name != ENTRY and folder != COMMON:
            yield Parent(f"{folder}/{ENTRY}")

    def _above(self, folder: str) -> Iterator[Parent]:
        """Yield what stands above the playlist of a folder."""
        outermost = common_above(folder)
        if outermost and not any(map(self._knows, outermost)):
            # Anything may name it that names more, and what that names in turn.
            for parent in self._guessed(*_ALL):
                yield parent
                if any(map(self._knows, outermost)):
                    break
        yield from map(Parent, above(folder, self._knows))
        if not self._knows(f"{folder}/{ENTRY}"):
            # A clone's rendition is named by the manifest alone.
            yield from self._guessed(Kind.STEERING)
            yield from map(Parent, above(folder, self._knows))

    def _knows(self, path: str) -> bool:
        return self.catalog.get(path) is not None

    def _guessed(
        self, *kinds: Kind, decisive: Collection[Kind] = _ALL
    ) -> Iterator[Parent]:
        """Yield what is of these kinds, also what is learnt of meanwhile."""
        seen = set[str]()
        while new := [path for path in self.catalog.of(*kinds) if path not in seen]:
            seen.update(new)
            for path in self.likely_first(new):
                last, found = self.spent(), self.catalog.get(path)
                told = found is not None and found.kind in decisive
                yield Parent(path, guess=True, decisive=told)
                if last:
                    return
