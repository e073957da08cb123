"""The catalog: maps local paths to their current upstream resources.

It is filled only from playlists that the proxy itself fetched for this stream, never
from a request. So no part of a request path ever becomes part of an upstream URL.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, takewhile
from typing import Protocol

from cachetools import LRUCache

from proxy.core.hls import names
from proxy.core.kind import Kind
from proxy.localise.advice import Advice
from proxy.localise.listing import Listing, Resource, Sheet
from proxy.localise.name_quota import NameQuota, OwnQuota
from proxy.localise.name_table import ENTRY, ListedNames, NameTable, portions
from proxy.localise.shrinking import drop_orphans, shrink

__all__ = ["ENTRY", "MOST_PLAYLISTS", "MOST_REFUSED", "Catalog", "Keeps"]

MOST_PLAYLISTS = 1000
"""The most playlists of one stream about which data is kept between loads."""

MOST_REFUSED = 100
"""How many forbidden references in one version of a playlist are remembered, to report
their origins."""


class Keeps(Protocol):
    """Decides whether a name gets the URL of a newer listing; see `stable_names`."""

    def settled(
        self, listing: Listing, known: Mapping[str, Sheet]
    ) -> Mapping[str, Sheet]:
        """Return the new URLs of shared paths; paths left out keep theirs."""
        ...

    def newer(self, path: str) -> Mapping[str, Sheet]:
        """Switch a path to its waiting URL; return what to replace."""
        ...

    def forget(self, paths: Iterable[str]) -> None:
        """Drop the waiting URLs of paths that are no longer known."""
        ...


class Catalog:
    """The names of one stream. Times are monotonic seconds.

    `room` counts the names together with those of other catalogs. Without it, this
    catalog alone may have `limit` names. `full` is called once if there is no room,
    with the playlist that has too many names and the setting that would help. It is
    called again if better advice is found later.
    """

    def __init__(
        self,
        entry_url: str,
        *,
        limit: int,
        room: NameQuota | None = None,
        keeps: Keeps | None = None,
        full: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self._keeps = keeps
        self._names = NameTable(entry_url, self._forgotten)
        self.room = OwnQuota(limit) if room is None else room
        self._allowed = self.room.takes(0)
        self._advice = Advice(limit, full)
        self._forbidden: LRUCache[str, str] = LRUCache(MOST_PLAYLISTS)

    def __len__(self) -> int:
        return len(self._names)

    def get(self, path: str) -> Resource | None:
        """Return the resource at the path, or None if it is not known."""
        return self._names.get(path)

    def find(self, path: str) -> Resource | None:
        """Return the resource at the path, whichever extension its name was given.

        If a segment has no suitable extension, its name gets one from the first version
        of its playlist. After a restart, or in a replica, that version may be unknown.
        """
        found = self.get(path)
        if found is None:
            folder, slash, name = path.rpartition("/")
            twins = (f"{folder}{slash}{twin}" for twin in names.twins(name))
            found = next(filter(None, map(self.get, twins)), None)
        return found

    def forbid(self, origins: Mapping[str, str]) -> None:
        """Remember the paths that have no resource because of a forbidden origin."""
        self._forbidden.update(origins)

    def forbidden(self, path: str) -> str:
        """Return the forbidden origin that makes the path unknown; empty if none."""
        return self._forbidden.get(path, "")

    def knows_children_of(self, parent: str) -> bool:
        """Return whether the names from this playlist are still known."""
        return parent in self._names.parents

    def playlists(self) -> Iterator[str]:
        """Return the paths of the renditions' playlists."""
        suffix = f"/{ENTRY}"
        return iter([path for path in self._names.paths if path.endswith(suffix)])

    def of(self, *kinds: Kind) -> list[str]:
        """Return the paths of all resources of these kinds, one kind after another."""
        known = self._names.paths
        return [p for kind in kinds for p, s in known.items() if s.kind is kind]

    def move(self, room: NameQuota) -> None:
        """Count the names in another room from now on."""
        self.room.takes(0)
        self.room = room
        self._allowed = room.takes(len(self))

    def forget(self) -> None:
        """Drop all names; must not be called while names are being added."""
        self._forgotten(list(self._names.paths))
        self._names.clear()

    def renew(self, path: str) -> bool:
        """Switch a path to its URL in the newest listing, if that is different.

        Returns whether it was.
        """
        newer = {} if self._keeps is None else self._keeps.newer(path)
        self._names.paths.update(newer)
        return bool(newer)

    def learn(
        self,
        parent: str,
        listing: Listing,
        *,
        now: float,
        keep: float | None,
        partial: bool = False,
    ) -> None:
        """Add what a playlist lists, all at once; see `learning`."""
        for _ in self.learning(parent, listing, now=now, keep=keep, partial=partial):
            pass

    def learning(
        self,
        parent: str,
        listing: Listing,
        *,
        now: float,
        keep: float | None,
        partial: bool = False,
    ) -> Iterator[None]:
        """Add what a playlist lists; each name gets its newest URL.

        Yields after a few milliseconds of work. Meanwhile other tasks may look names
        up, but must not add any. Once begun, the iterator must be run to its end. For
        renditions that are played, the `Keeps` decides which URL they keep.

        Names no longer listed stay for `keep` seconds, or for the longer time that an
        earlier version required. If `keep` is None they stay for good. RFC 8216bis
        section 6.2.2: a removed segment stays available for the duration of the segment
        plus that of the longest playlist that held it. Names that a `partial` version
        (a delta) skips count as listed.
        """
        known = self._names.parent(parent)
        gone: dict[str, None] = {}
        for left_out in known.last.without(listing):
            for some in portions(left_out):
                self._names.set_apart(known.last, some)
                gone.update(dict.fromkeys(some))
                yield
        self._publish(known, listing)
        yield from self._list_again(known, listing)
        if partial:
            known.skipped.update(gone)
        else:
            gone.update(known.skipped)
            known.skipped = {}
            yield from _age(known, gone, now=now, keep=keep)
        yield from self._expire(parent, known, now)
        self._names.note_past(parent, known)
        yield from self._make_room(parent)

    def _publish(self, known: ListedNames, listing: Listing) -> None:
        self._names.publish(known, listing)
        shared = listing.shared
        if self._keeps is not None:
            shared = self._keeps.settled(listing, self._names.paths)
        self._names.paths.update(shared)

    def _list_again(self, known: ListedNames, listing: Listing) -> Iterator[None]:
        """Stop treating names that are listed again as past names."""
        for past in (known.skipped, known.older, known.leaving):
            own = past if len(past) <= len(listing.own) else listing.own
            for some in portions(tuple(own)):
                again = [path for path in some if path in past and path in listing.own]
                for path in again:
                    del past[path]
                    self._names.paths.pop(path, None)
                yield
            for path in past.keys() & listing.shared.keys():
                del past[path]

    def _expire(self, parent: str, known: ListedNames, now: float) -> Iterator[None]:
        over = takewhile(lambda item: item[1] <= now, known.leaving.items())
        for some in portions([path for path, _ in over]):
            for path in some:
                del known.leaving[path]
                self._names.forget(parent, path)
            yield

    def _make_room(self, newest: str) -> Iterator[None]:
        """Count the names, and drop some if there is no room for them."""
        names = len(self)
        self._allowed = self.room.takes(names)
        if names > self._allowed.names:
            self._advice.give(self._names, newest)
        if names > self._allowed.spare:
            yield from shrink(self._names, newest, self._allowed)
        yield from drop_orphans(self._names, newest, MOST_PLAYLISTS)
        if len(self) != names:
            self.room.takes(len(self))

    def _forgotten(self, paths: list[str]) -> None:
        if self._keeps is not None:
            self._keeps.forget(paths)


def _age(
    known: ListedNames, gone: Mapping[str, None], *, now: float, keep: float | None
) -> Iterator[None]:
    """Treat names that are gone as past names, which stay or leave after a while."""
    if keep is None:
        for some in portions(gone):
            known.older.update(dict.fromkeys(some))
            yield
        return
    known.keep = max(known.keep, keep)
    until = now + known.keep
    older, known.older = known.older, {}
    for some in portions(chain(older, gone)):
        known.leaving.update(dict.fromkeys(some, until))
        yield
