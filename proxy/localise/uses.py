"""What the names of a presentation mean now: when two uses are the same resource.

A use is a name, the run of the rendition that lists it, and its number in that run; see
`core.hls.runs` and `core.hls.places`. Two equal uses are the same bytes. Nothing is
worked out before somebody asks.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from cachetools import LRUCache

from proxy.core.hls import following as ahead
from proxy.core.hls.places import Place, place_of
from proxy.core.hls.runs import Run, run_after
from proxy.core.kind import Kind
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.folders import relative, target
from proxy.localise.listing import Resource
from proxy.localise.seen import Seen

# A playlist that is played is loaded every target duration.
_LATEST_TARGETS, _LATEST_SECONDS = 3.0, 10.0
# The bytes of all playlists together that are kept to look names up.
_MOST_BYTES = 64 * 1024 * 1024
_MOST_PLACES = 4096


class Use(NamedTuple):
    """What a name means now."""

    run: str
    """The run of the rendition that lists it."""
    number: int
    """Its number in that run."""
    listed: bool = True
    """Whether its playlist still lists it. If not, what was kept while it did may be
    served, but what the upstream has now may be another resource."""
    lasting: bool = False
    """Whether the use is the same after a restart of the proxy: its playlist was not
    seen before it ended."""
    hinted: bool = False
    """Whether it is only announced by a preload hint: it may not exist yet."""


class Following(NamedTuple):
    """What a player is likely to ask for next, as local paths."""

    init: str | None = None
    """The init section of the segments."""
    segments: tuple[tuple[str, bool], ...] = ()
    """The segments in order, and whether each is a gap (EXT-X-GAP)."""
    target_seconds: float = 0.0
    """The target duration of their playlist."""


@dataclass(slots=True)
class _Rendition:
    """What is known of one media playlist."""

    seen: Seen
    """The last load."""
    run: Run | None = None
    pending: bool = True
    """Whether the last load was not looked at yet."""
    places: dict[tuple[bytes, Kind], Place | None] = field(default_factory=dict)
    """What was asked since then."""

    def is_current(self, now: float) -> bool:
        """Return whether the last load tells what the upstream has now."""
        latest = max(_LATEST_TARGETS * self.seen.target_seconds, _LATEST_SECONDS)
        return self.seen.facts.ended or now - self.seen.at.mono <= latest


class Uses:
    """The uses of one presentation's names.

    `suffix` is appended to the folders in its playlists. `new_run` returns a name for a
    run that no other run has.
    """

    def __init__(self, suffix: str = "", *, new_run: Callable[[], str]) -> None:
        self._suffix = suffix
        self._new_run = new_run
        self._renditions: LRUCache[str, _Rendition] = LRUCache(
            _MOST_BYTES, getsizeof=_size_of
        )

    def loaded(self, path: str, seen: Seen) -> None:
        """Record a load of the media playlist at a path; it is looked at later."""
        known = self._renditions.pop(path, None)
        # A delta may skip what the load before it lists. And if a run is known, no load
        # may be missed: it may have ended, or gone back, and caught up since.
        missed = known is not None and known.pending
        if known is not None and missed and (seen.facts.partial or known.run):
            self._look_at(known)
        run = None if known is None else known.run
        with contextlib.suppress(ValueError):  # larger than all that may be kept
            self._renditions[path] = _Rendition(seen, run)

    def knows(self, path: str) -> bool:
        """Return whether what the media playlist at a path lists is known."""
        return path in self._renditions

    def forget(self) -> None:
        """Drop everything."""
        self._renditions.clear()

    def use(self, path: str, resource: Resource, now: float) -> Use | None:
        """Return what the name at a local path means now, in monotonic seconds.

        Returns None if that is not known. Then its bytes must not be shared between
        requests. A key has the run of its playlist alone.
        """
        known = self._known(resource)
        if known is None or not known.is_current(now):
            return None
        run = self._run(known)
        if resource.kind is Kind.KEY:
            return Use(run.name, 0, lasting=run.lasting)
        place = self._place(known, path, resource)
        if place is None:
            return None
        number, listed, hinted = place
        return Use(run.name, number, listed, run.lasting, hinted)

    def following(self, path: str, resource: Resource, most: int = 8) -> Following:
        """Return what follows a segment or part in its playlist, at most so many.

        Nothing follows an init section, because many players begin at the end.
        """
        known = self._known(resource)
        if known is None or resource.kind not in (Kind.SEGMENT, Kind.PART):
            return Following()
        place = self._place(known, path, resource)
        if place is None:
            return Following()
        init, segments = ahead.following(self._run(known), place.number, most)
        paths = [(self._path(resource.parent, name), gap) for name, gap in segments]
        return Following(
            None if init is None else self._path(resource.parent, init),
            tuple([(path, gap) for path, gap in paths if path is not None]),
            known.seen.target_seconds,
        )

    def _known(self, resource: Resource) -> _Rendition | None:
        return self._renditions.get(resource.parent)

    def _run(self, known: _Rendition) -> Run:
        if known.run is None or known.pending:
            return self._look_at(known)
        return known.run

    def _look_at(self, known: _Rendition) -> Run:
        known.run = run_after(known.run, known.seen.version(), self._new_run)
        known.pending = False
        return known.run

    def _place(self, known: _Rendition, path: str, resource: Resource) -> Place | None:
        run = self._run(known)
        name = relative(resource.parent, path, self._suffix).encode()
        key = name, resource.kind
        if key not in known.places:
            if len(known.places) >= _MOST_PLACES:
                known.places.clear()
            known.places[key] = place_of(run, *key)
        return known.places[key]

    def _path(self, parent: str, name: bytes) -> str | None:
        """Return the local path of a playlist's reference; None if it has none."""
        return target(parent, name.decode("latin-1"), self._suffix)


def _size_of(known: _Rendition) -> int:
    # With the least size, there are no more than the program has data about.
    return max(len(known.seen.facts.body), _MOST_BYTES // MOST_PLAYLISTS)
