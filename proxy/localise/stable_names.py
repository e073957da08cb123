"""How long the name of a rendition goes on meaning what it meant.

Many upstreams list other URLs at every load of an entry: signed anew, on another edge,
or in a session that this load has opened. A session has a timeline of its own: a player
that is moved to another one sees its playlist go back, or other advertisements. So:

A name is given to the URL that the first load listed, and keeps it for as long as the
playlist behind it is *held*: somebody plays it, and it answers well. A newer URL waits.
It takes the place of the old one

- at once where both are the same without what is signed (the canonical URL),
- when the old one is refused, or gone,
- when the playlist has ended, if it was a live one,
- when a live playlist has not changed, or not been had, for three target durations,
- when nobody has played it for a minute.

What one load lists belongs together: as long as one of it is held, the others
keep their URLs too, so that a player may change to them. When one is refused, it
and those that are not held go over to the newest list; those that are held stay.

Whoever asks later gets the same names, so he joins the same timeline. A restart, or a
replica, has not seen the old URLs: there the names mean what is listed then.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.listing import Listing, Sheet

_RENDITION = f"/{ENTRY}"
_STILL_TARGETS = 3.0
# Of short segments: a fault of the network is no end.
_LEAST_STILL_SECONDS = 6.0
_UNPLAYED_SECONDS = 60.0


@dataclass(slots=True)
class _Rendition:
    """What is known of a media playlist. Times are monotonic seconds."""

    version: int = 0
    """The same for the same playlist."""
    changed_at: float = float("-inf")
    loaded_at: float = float("-inf")
    played_at: float = float("-inf")
    still_seconds: float = 0.0
    """How long a live one may stay as it is."""
    live: bool = False
    was_live: bool = False
    refused: bool = False


class StableNames:
    """What is known of the media playlists of one stream, to judge by the rule."""

    def __init__(self, *, clock: Clock, steady: Callable[[str], str]) -> None:
        self._clock = clock
        self._steady = steady
        self._renditions: LRUCache[str, _Rendition] = LRUCache(MOST_PLAYLISTS)
        # By path: what the newest list names, while the path means something older.
        self._newer: dict[str, Sheet] = {}

    def loaded(
        self, path: str, *, version: int, live: bool, target_seconds: float
    ) -> None:
        """Take in that a media playlist was loaded well."""
        one, now = self._renditions.get(path), self._clock.mono()
        if one is None:
            one = self._renditions[path] = _Rendition()
        if version != one.version or live != one.live:
            one.version, one.changed_at = version, now
        one.loaded_at = now
        one.still_seconds = max(_STILL_TARGETS * target_seconds, _LEAST_STILL_SECONDS)
        one.live, one.was_live = live, one.was_live or live
        one.refused = False

    def answered(self, path: str) -> None:
        """Take in that a list of playlists was loaded well."""
        one = self._renditions.get(path)
        if one is not None:
            one.refused = False

    def played(self, path: str) -> None:
        """Take in that a player asked for a playlist, or for what it names."""
        one = self._renditions.get(path)
        if one is not None:
            one.played_at = self._clock.mono()

    def refused(self, path: str) -> None:
        """Take in that what stands behind a path is refused, or gone."""
        one = self._renditions.get(path)
        if one is None:
            one = self._renditions[path] = _Rendition()
        one.refused = True

    def doubtful(self, path: str) -> bool:
        """Tell whether something better may stand elsewhere by now.

        What is behind the path is refused, has ended, or is live and stands still.
        """
        one = self._renditions.get(path)
        return one is not None and self._is_doubtful(one)

    def moves(self, path: str) -> bool:
        """Tell whether a live playlist is played and goes on."""
        one = self._renditions.get(path)
        return one is not None and one.live and self._is_held(one)

    def stands_still(self, path: str) -> bool:
        """Tell whether a live playlist is played and does not go on."""
        one = self._renditions.get(path)
        played = one is not None and self._is_played(one)
        return played and one is not None and one.live and self._is_doubtful(one)

    def holds(self, path: str) -> bool:
        """Tell whether a path has to go on meaning what it means."""
        one = self._renditions.get(path)
        return one is not None and self._is_held(one)

    def _is_held(self, one: _Rendition) -> bool:
        if not self._is_played(one) or self._is_doubtful(one):
            return False
        silent = self._clock.mono() - one.loaded_at
        return silent <= one.still_seconds if one.live else True

    def _is_played(self, one: _Rendition) -> bool:
        return self._clock.mono() - one.played_at <= _UNPLAYED_SECONDS

    def _is_doubtful(self, one: _Rendition) -> bool:
        if one.live and not one.refused:
            return one.loaded_at - one.changed_at >= one.still_seconds
        return one.refused or one.was_live

    def settled(
        self, listing: Listing, known: Mapping[str, Sheet]
    ) -> Mapping[str, Sheet]:
        """Return what shared paths mean from now on, after a new list."""
        listed = [
            (path, sheet)
            for sheet in listing.sheets
            if sheet.kind is Kind.PLAYLIST
            for path in sheet.urls
            # Other playlists have a hash of their canonical URL in their names.
            if path.endswith(_RENDITION) and listing.shared.get(path) is sheet
        ]
        moved = {path for path, new in listed if self._is_another(path, new, known)}
        for path, _ in listed:
            self._newer.pop(path, None)
        if not moved:
            return listing.shared
        held = {path for path, _ in listed if self.holds(path)}
        if not held or any(self._is_refused(path) for path, _ in listed):
            moved &= held
        for path in moved:
            self._newer[path] = listing.shared[path]
        return {p: s for p, s in listing.shared.items() if p not in moved}

    def newer(self, path: str) -> Mapping[str, Sheet]:
        """Return what to replace, now that the path is to mean what waits for it.

        Its siblings that are not held go with it. Nothing comes where nothing waits.
        """
        sheet = self._newer.get(path)
        if sheet is None:
            return {}
        siblings = [p for p, s in self._newer.items() if s.parent == sheet.parent]
        going = [p for p in siblings if p == path or not self.holds(p)]
        return {p: self._newer.pop(p) for p in going}

    def forget(self, paths: Iterable[str]) -> None:
        """Drop what waits for paths that are known no more."""
        for path in paths:
            self._newer.pop(path, None)

    def waits(self, path: str) -> bool:
        """Tell whether a newer URL waits for the path."""
        return path in self._newer

    def due(self, path: str) -> bool:
        """Tell whether a newer URL waits, and nothing speaks for the old one."""
        sheet = self._newer.get(path)
        if sheet is None:
            return False
        siblings = (p for p, s in self._newer.items() if s.parent == sheet.parent)
        return self.doubtful(path) or not any(map(self.holds, siblings))

    def _is_refused(self, path: str) -> bool:
        one = self._renditions.get(path)
        return one is not None and one.refused

    def _is_another(self, path: str, new: Sheet, known: Mapping[str, Sheet]) -> bool:
        old = known.get(path)
        if old is None or old.kind is not Kind.PLAYLIST:
            return False
        before, now = old.resource(path).url, new.resource(path).url
        return before != now and self._steady(before) != self._steady(now)
