"""Finds the playlists that may list a local path."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.folders import COMMON, above, common_above, is_common

_PLAYLISTS = (Kind.PLAYLIST,)
# The last two list only playlists. Everything else is found through those.
_ALL = (Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING)


@dataclass(frozen=True, slots=True)
class PossibleParent:
    """A playlist or document that may list the path."""

    path: str
    guess: bool = False
    """Whether this is a mere guess, as nothing in the path points to it."""
    decisive: bool = True
    """Whether this must be loaded before the path can be called unknown."""


@dataclass(frozen=True, slots=True)
class Parents:
    """The playlists above the names of one stream, as far as the catalog knows them."""

    catalog: Catalog
    likely_first: Callable[[Iterable[str]], Iterable[str]] = iter
    """Sorts the guesses, and leaves out those that cannot list anything new."""
    spent: Callable[[], bool] = bool
    """Whether no guesses are left for now. One more is still yielded, for the caller to
    wait for."""

    def of(self, path: str) -> Iterator[PossibleParent]:
        """Yield the playlists that may list the path, outermost first.

        The caller must load each one before taking the next.
        """
        yield PossibleParent(ENTRY)
        folder, _, name = path.rpartition("/")
        if folder != COMMON:
            yield from self._above(folder)
        elif is_common(name):
            playlist = name.endswith((".m3u8", ".m3u"))
            yield from self._guessed(*_ALL, decisive=_ALL if playlist else _PLAYLISTS)
        if name != ENTRY and folder != COMMON:
            yield PossibleParent(f"{folder}/{ENTRY}")

    def _above(self, folder: str) -> Iterator[PossibleParent]:
        """Yield what is above the playlist of a folder."""
        outermost = common_above(folder)
        if outermost and not any(map(self._knows, outermost)):
            # Any document that lists others may list it, and so may those in turn.
            for parent in self._guessed(*_ALL):
                yield parent
                if any(map(self._knows, outermost)):
                    break
        yield from map(PossibleParent, above(folder, self._knows))
        if not self._knows(f"{folder}/{ENTRY}"):
            # A clone's rendition is listed only in the manifest.
            yield from self._guessed(Kind.STEERING)
            yield from map(PossibleParent, above(folder, self._knows))

    def _knows(self, path: str) -> bool:
        return self.catalog.get(path) is not None

    def _guessed(
        self, *kinds: Kind, decisive: Collection[Kind] = _ALL
    ) -> Iterator[PossibleParent]:
        """Yield everything of these kinds, including what is learnt meanwhile."""
        seen = set[str]()
        while new := [path for path in self.catalog.of(*kinds) if path not in seen]:
            seen.update(new)
            for path in self.likely_first(new):
                last, found = self.spent(), self.catalog.get(path)
                told = found is not None and found.kind in decisive
                yield PossibleParent(path, guess=True, decisive=told)
                if last:
                    return
