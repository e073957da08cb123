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
keep their URLs too, so that a player may change to them. One that is refused goes
over to the load that a sibling is held in, if that is a later one, else to the last
load; those that are not held go with it, those that are held stay. See `offers`.

The cookies that a load of the entry brought are of all renditions alike. Others of the
same names take their place when nothing is held, or when a rendition went wrong and the
entry was not loaded since.

Whoever asks later gets the same names, so he joins the same timeline. A restart, or a
replica, has not seen the old URLs: there the names mean what is listed then.
"""

import math
from collections.abc import Callable, Iterable, Mapping

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.listing import Listing, Sheet
from proxy.localise.offers import Offers
from proxy.localise.rendition import Rendition

_RENDITION = f"/{ENTRY}"


class StableNames:
    """What is known of the media playlists of one stream, to judge by the rule."""

    def __init__(self, *, clock: Clock, steady: Callable[[str], str]) -> None:
        self._clock = clock
        self._steady = steady
        self._renditions: LRUCache[str, Rendition] = LRUCache(MOST_PLAYLISTS)
        # By list, and by what it lists.
        self._offers: LRUCache[str, Offers] = LRUCache(MOST_PLAYLISTS)
        self._offers_of: dict[str, Offers] = {}

    def loaded(
        self, path: str, *, version: int, live: bool, target_seconds: float
    ) -> None:
        """Take in that a media playlist was loaded well."""
        one = self._renditions.setdefault(path, Rendition())
        one.loaded(
            self._clock.mono(),
            version=version,
            live=live,
            target_seconds=target_seconds,
        )

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
        self._renditions.setdefault(path, Rendition()).refused = True

    def fed(self, path: str, *, well: bool) -> None:
        """Take in whether something that a media playlist names was had, or refused."""
        one = self._renditions.get(path)
        if one is not None:
            one.starved = not well

    def doubtful(self, path: str) -> bool:
        """Tell whether something better may stand elsewhere by now."""
        one = self._renditions.get(path)
        return one is not None and one.is_doubtful

    def moves(self, path: str) -> bool:
        """Tell whether a live playlist is played and goes on."""
        one = self._renditions.get(path)
        return one is not None and one.live and one.is_held(self._clock.mono())

    def stands_still(self, path: str) -> bool:
        """Tell whether a live playlist is played and does not go on."""
        one = self._renditions.get(path)
        if one is None or not one.live:
            return False
        return one.is_doubtful and one.is_played(self._clock.mono())

    def holds(self, path: str) -> bool:
        """Tell whether a path has to go on meaning what it means."""
        one = self._renditions.get(path)
        return one is not None and one.is_held(self._clock.mono())

    def settled(
        self, listing: Listing, known: Mapping[str, Sheet]
    ) -> Mapping[str, Sheet]:
        """Return what shared paths mean from now on, after a new list."""
        listed = {
            path: sheet
            for sheet in listing.sheets
            if sheet.kind is Kind.PLAYLIST
            for path in sheet.urls
            # Other playlists have a hash of their canonical URL in their names.
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
        """Return what keeps another URL than the new list has.

        When one was refused lately, all that are not held go over with it.
        """
        held = set(filter(self.holds, listed)) if moved else set()
        if not held:
            return held
        refused = {path for path in listed if self._is_refused(path)}
        if any(not self._renditions[path].helped for path in refused):
            return moved & held
        return moved - refused

    def newer(self, path: str) -> Mapping[str, Sheet]:
        """Return what to replace, now that the path is to mean what waits for it.

        Its siblings that are not held go with it. Nothing comes where nothing waits.
        """
        offers = self._offers_of.get(path)
        going = {} if offers is None else offers.take(path, self.holds)
        self._turn(going)
        return going

    def turned_at(self, path: str) -> float:
        """Return since when a path means what it means, as far as that matters."""
        one = self._renditions.get(path)
        return -math.inf if one is None else one.turned_at

    def forget(self, paths: Iterable[str]) -> None:
        """Drop what waits for paths that are known no more."""
        for path in paths:
            if (offers := self._offers_of.pop(path, None)) is not None:
                offers.forget(path)

    def waits(self, path: str) -> bool:
        """Tell whether a newer URL waits for the path."""
        offers = self._offers_of.get(path)
        return offers is not None and offers.waits(path)

    def due(self, path: str) -> bool:
        """Tell whether a newer URL waits, and nothing speaks for the old one."""
        offers = self._offers_of.get(path)
        if offers is None or not offers.waits(path):
            return False
        return self.doubtful(path) or offers.is_alone(path, self.holds)

    def gives_way(self, path: str) -> bool:
        """Tell whether what a load of the entry brought replaces what is in use.

        `path` is that of the entry. If it is a live playlist itself, the load was its
        reload, and its players follow the answer.
        """
        if any(not one.helped for one in self._ill()):
            return True
        now, own = self._clock.mono(), self._renditions.get(path)
        others = (o for o in self._renditions.values() if not (o is own and own.live))
        return not any(one.is_held(now) for one in others)

    def helped(self) -> None:
        """Take in that the entry was loaded well, for all that are ill."""
        for one in self._ill():
            one.helped, one.starved = True, False

    def _ill(self) -> list[Rendition]:
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
