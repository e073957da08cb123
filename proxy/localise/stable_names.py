"""Decides how long a rendition's name keeps its upstream URL.

Many upstreams list different URLs at every load of an entry: with a new signature, on
another edge server, or in a new session. Each session has its own timeline. A player
moved to another session sees its playlist go back in time, or other advertisements. So
this rule applies:

A name gets the URL that the first load listed. It keeps that URL as long as the
playlist is *held*: a player uses it, and it works. A newer URL waits. It replaces the
old one

- at once, if both are equal without signatures (they have the same canonical URL),
- when the old one is refused or gone,
- when the playlist was live and has ended,
- when a live playlist has not changed, or not been loaded, for three target durations,
- when the playlist was not played for a minute.

The URLs of one load belong together. As long as one of them is held, the others keep
their URLs too, so that a player may switch to them. A refused rendition moves to the
load in which a sibling is held, if that is a later one, otherwise to the last load.
Renditions that are not held move with it; held ones stay. See `offered_urls`.

The cookies from a load of the entry belong to all renditions. Newer cookies with the
same names replace them when nothing is held, or when a rendition stopped working and
the entry was not loaded since.

Players that come later get the same names, so they join the same timeline. After a
restart, or in a replica, the old URLs are not known. There the names get the URLs that
are listed then.
"""

import math
from collections.abc import Callable, Iterable, Mapping

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.listing import Listing, Sheet
from proxy.localise.offered_urls import Offers
from proxy.localise.rendition_state import RenditionState

_RENDITION = f"/{ENTRY}"


class StableNames:
    """The state of one stream's media playlists, to which the rule is applied."""

    def __init__(self, *, clock: Clock, steady: Callable[[str], str]) -> None:
        self._clock = clock
        self._steady = steady
        self._renditions: LRUCache[str, RenditionState] = LRUCache(MOST_PLAYLISTS)
        # By path of the multivariant playlist, then by path of the listed playlist.
        self._offers: LRUCache[str, Offers] = LRUCache(MOST_PLAYLISTS)
        self._offers_of: dict[str, Offers] = {}

    def loaded(
        self, path: str, *, version: int, live: bool, target_seconds: float
    ) -> None:
        """Record that a media playlist was loaded successfully."""
        one = self._renditions.setdefault(path, RenditionState())
        one.loaded(
            self._clock.mono(),
            version=version,
            live=live,
            target_seconds=target_seconds,
        )

    def answered(self, path: str) -> None:
        """Record that a multivariant playlist was loaded successfully."""
        one = self._renditions.get(path)
        if one is not None:
            one.refused = False

    def played(self, path: str) -> None:
        """Record that a player requested a playlist, or something it lists."""
        one = self._find(path)
        if one is not None:
            one.played_at = self._clock.mono()

    def refused(self, path: str) -> None:
        """Record that the resource at a path is refused or gone."""
        self._renditions.setdefault(path, RenditionState()).refused = True

    def fed(self, path: str, *, well: bool) -> None:
        """Record whether a resource that a media playlist lists was served."""
        one = self._renditions.get(path)
        if one is not None:
            one.starved = not well

    def doubtful(self, path: str) -> bool:
        """Return whether another URL may be better by now."""
        one = self._renditions.get(path)
        return one is not None and one.is_doubtful

    def moves(self, path: str) -> bool:
        """Return whether a live playlist is played and keeps changing."""
        one = self._renditions.get(path)
        return one is not None and one.live and one.is_held(self._clock.mono())

    def stands_still(self, path: str) -> bool:
        """Return whether a live playlist is played and no longer changes."""
        one = self._renditions.get(path)
        if one is None or not one.live:
            return False
        return one.is_doubtful and one.is_played(self._clock.mono())

    def holds(self, path: str) -> bool:
        """Return whether a path has to keep its URL."""
        one = self._renditions.get(path)
        return one is not None and one.is_held(self._clock.mono())

    def settled(
        self, listing: Listing, known: Mapping[str, Sheet]
    ) -> Mapping[str, Sheet]:
        """Return the URLs of shared paths from now on, after a new listing.

        Paths that keep their earlier URL are left out.
        """
        listed = {
            path: sheet
            for sheet in listing.sheets
            if sheet.kind is Kind.PLAYLIST
            for path in sheet.urls
            # Other playlists' names contain a hash of their canonical URL.
            if path.endswith(_RENDITION) and listing.shared.get(path) is sheet
        }
        if not listed:
            return listing.shared
        moved = {p for p, new in listed.items() if self._is_another(p, new, known)}
        staying = self._staying(listed, moved)
        self._turn(moved - staying)
        parent = next(iter(listed.values())).parent
        offers = self._offers.setdefault(parent, Offers())
        offers.came(listed, staying, self.holds)
        self._offers_of.update(dict.fromkeys(listed, offers))
        return {p: s for p, s in listing.shared.items() if p not in staying}

    def _staying(self, listed: Iterable[str], moved: set[str]) -> set[str]:
        """Return the paths that keep another URL than the new listing has.

        If a path was refused recently, all paths that are not held move with it.
        """
        held = set(filter(self.holds, listed)) if moved else set()
        if not held:
            return held
        refused = {path for path in listed if self._is_refused(path)}
        if any(not self._renditions[path].helped for path in refused):
            return moved & held
        return moved - refused

    def newer(self, path: str) -> Mapping[str, Sheet]:
        """Switch a path to its waiting URL; return what to replace in the catalog.

        Siblings that are not held move with it. The result is empty if no URL waits.
        """
        offers = self._offers_of.get(path)
        going = {} if offers is None else offers.take(path, self.holds)
        self._turn(going)
        return going

    def turned_at(self, path: str) -> float:
        """Return since when a path has its URL; minus infinity if that is not known."""
        one = self._find(path)
        return -math.inf if one is None else one.turned_at

    def forget(self, paths: Iterable[str]) -> None:
        """Drop the waiting URLs of paths that are no longer known."""
        for path in paths:
            if (offers := self._offers_of.pop(path, None)) is not None:
                offers.forget(path)

    def waits(self, path: str) -> bool:
        """Return whether a newer URL waits for the path."""
        offers = self._offers_of.get(path)
        return offers is not None and offers.waits(path)

    def due(self, path: str) -> bool:
        """Return whether a newer URL waits, and there is no reason to keep the old."""
        offers = self._offers_of.get(path)
        if offers is None or not offers.waits(path):
            return False
        return self.doubtful(path) or offers.is_alone(path, self.holds)

    def gives_way(self, path: str) -> bool:
        """Return whether the cookies from a load of the entry replace those in use.

        `path` is the entry's path. If the entry is itself a live playlist, the load was
        its reload, and its players follow the answer.
        """
        if any(not one.helped for one in self._ill()):
            return True
        now, own = self._clock.mono(), self._renditions.get(path)
        others = (o for o in self._renditions.values() if not (o is own and own.live))
        return not any(one.is_held(now) for one in others)

    def helped(self) -> None:
        """Record a successful load of the entry for all renditions that do not work."""
        for one in self._ill():
            one.helped, one.starved = True, False

    def _find(self, path: str) -> RenditionState | None:
        # Twice a request; a cache's `get` takes twice as long.
        try:
            return self._renditions[path]
        except KeyError:
            return None

    def _ill(self) -> list[RenditionState]:
        return [o for o in self._renditions.values() if o.starved or o.is_doubtful]

    def _turn(self, paths: Iterable[str]) -> None:
        for one in filter(None, map(self._renditions.get, paths)):
            one.turned_at = self._clock.mono()

    def _is_refused(self, path: str) -> bool:
        one = self._renditions.get(path)
        return one is not None and one.refused

    def _is_another(self, path: str, new: Sheet, known: Mapping[str, Sheet]) -> bool:
        old = known.get(path)
        if old is None or old.kind is not Kind.PLAYLIST:
            return False
        before, now = old.resource(path).url, new.resource(path).url
        return before != now and self._steady(before) != self._steady(now)
