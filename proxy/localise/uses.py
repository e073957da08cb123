"""What the names of a presentation mean now: whether two uses are the same resource.

A use consists of a name, the run of the rendition that lists it, and its number in that
run; see `core.hls.encoder_runs` and `core.hls.run_positions`. Equal uses have the same
bytes. Nothing is computed before it is needed.
"""

import contextlib
import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import NamedTuple, TypeAlias

from cachetools import LRUCache

from proxy.core.hls import next_segments
from proxy.core.hls.continuity import Version
from proxy.core.hls.encoder_runs import Run, run_after
from proxy.core.hls.run_positions import RunPosition, place_of
from proxy.core.kind import Kind
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.folders import relative, target
from proxy.localise.listing import Resource
from proxy.localise.playlist_load import PlaylistLoad

# While a playlist is played, it is loaded once per target duration. So after this time
# the last load is too old.
_LATEST_TARGETS, _LATEST_SECONDS = 3.0, 10.0
# The total size of the playlists that are kept to look up names.
_MOST_BYTES = 64 * 1024 * 1024
_MOST_PLACES = 512
_MOST_FOLLOWINGS = 64


Agree: TypeAlias = Callable[[str, Run, Version, bool], None]
"""Agrees with other processes on the name of a live run; see `core.hls.agreement`.

The arguments are a name for the playlist, the run, the version that was added to it,
and whether the run is new.
"""


def alone(playlist: str, run: Run, version: Version, new: bool, /) -> None:  # noqa: FBT001
    """Agree with nobody: no other process keeps anything of this run."""


class Use(NamedTuple):
    """What a name means now."""

    run: str
    """The run of the rendition that lists it."""
    number: int
    """Its number in that run."""
    listed: bool = True
    """Whether its playlist still lists it. If not, bytes that were kept earlier may be
    sent, but the upstream may have another resource under its URL now."""
    lasting: bool = False
    """Whether the use is the same after a restart of the proxy. True if its playlist
    had already ended when it was first loaded."""
    hinted: bool = False
    """Whether only a preload hint announces it, so that it may not exist yet."""


class NextPaths(NamedTuple):
    """The local paths that a player is likely to request next."""

    init: str | None = None
    """The init section of the segments."""
    segments: tuple[tuple[str, bool], ...] = ()
    """The segments in order, and whether each is a gap (EXT-X-GAP)."""
    target_seconds: float = 0.0
    """The target duration of their playlist."""


@dataclass(slots=True)
class _Rendition:
    """What is known about one media playlist."""

    path: str
    seen: PlaylistLoad
    """The last load."""
    run: Run | None = None
    _: KW_ONLY
    pending: bool = True
    """Whether the last load was not added to the run yet."""
    places: dict[tuple[str, Kind], RunPosition | None] = field(
        default_factory=dict, init=False
    )
    """The places that were looked up since the last load, by local path."""
    followings: dict[tuple[int, int], NextPaths] = field(
        default_factory=dict, init=False
    )
    """What followed a segment, by its number and the most that was wanted."""
    notes: dict[str, object] = field(default_factory=dict, init=False)
    """See `Uses.notes`."""
    current_until: float = field(init=False)
    """Until when the last load shows what the upstream has, in monotonic seconds."""

    def __post_init__(self) -> None:
        latest = max(_LATEST_TARGETS * self.seen.target_seconds, _LATEST_SECONDS)
        ended = self.seen.facts.ended
        self.current_until = math.inf if ended else self.seen.at.mono + latest


class Uses:
    """The uses of one presentation's names.

    `suffix` is appended to the folders in its playlists. `new_run` returns a unique
    name for a run, on which it then agrees with other processes.
    """

    def __init__(
        self, suffix: str = "", *, new_run: Callable[[], str], agree: Agree = alone
    ) -> None:
        self._suffix = suffix
        self._new_run = new_run
        self._agree = agree
        self._renditions: LRUCache[str, _Rendition] = LRUCache(
            _MOST_BYTES, getsizeof=_size_of
        )

    def loaded(self, path: str, seen: PlaylistLoad) -> None:
        """Record a load of the media playlist at a path; it is examined when needed."""
        known = self._renditions.pop(path, None)
        # The previous load must be examined first if this one is a delta, which may
        # skip segments that the previous one lists. The same applies if a run is known:
        # it may have ended, or gone back and caught up since.
        missed = known is not None and known.pending
        if known is not None and missed and (seen.facts.partial or known.run):
            self._look_at(known)
        run = None if known is None else known.run
        with contextlib.suppress(ValueError):  # it alone exceeds the limit
            self._renditions[path] = _Rendition(path, seen, run)

    def knows(self, path: str) -> bool:
        """Return whether the media playlist at a path has been recorded."""
        return path in self._renditions

    def forget(self) -> None:
        """Drop everything."""
        self._renditions.clear()

    def notes(self, parent: str, now: float) -> dict[str, object] | None:
        """Return a place for notes on the last load of a media playlist.

        They are dropped when it is loaded again. Until then, every use of a name in
        this playlist stays the same. Returns None if the playlist is unknown, or was
        loaded too long before `now` (monotonic seconds).
        """
        known = self._renditions.get(parent)
        return known.notes if known and now <= known.current_until else None

    def use(self, path: str, resource: Resource, now: float) -> Use | None:
        """Return what the name at a local path means at `now` (monotonic seconds).

        Returns None if that is not known. Then its bytes must not be shared between
        requests. The use of a key consists only of its name and run.
        """
        known = self._known(resource)
        if known is None or now > known.current_until:
            return None
        run = self._run(known)
        if resource.kind is Kind.KEY:
            return Use(run.name, 0, lasting=run.lasting)
        place = self._place(known, path, resource)
        if place is None:
            return None
        number, listed, hinted = place
        return Use(run.name, number, listed, run.lasting, hinted)

    def following(self, path: str, resource: Resource, most: int = 8) -> NextPaths:
        """Return at most `most` segments that follow a segment or part in its playlist.

        Returns none after an init section, because many players start at the end of a
        playlist.
        """
        known = self._known(resource)
        if known is None or resource.kind not in (Kind.SEGMENT, Kind.PART):
            return NextPaths()
        place = self._place(known, path, resource)
        if place is None:
            return NextPaths()
        key = place.number, most
        if key not in known.followings:
            if len(known.followings) >= _MOST_FOLLOWINGS:
                known.followings.clear()
            known.followings[key] = self._following(known, resource.parent, *key)
        return known.followings[key]

    def _following(
        self, known: _Rendition, parent: str, number: int, most: int
    ) -> NextPaths:
        init, segments = next_segments.following(self._run(known), number, most)
        paths = [(self._path(parent, name), gap) for name, gap in segments]
        return NextPaths(
            None if init is None else self._path(parent, init),
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
        before, seen = known.run, known.seen
        run = known.run = run_after(before, seen.version(), self._new_run)
        known.pending = False
        if not run.lasting and self._agree is not alone:
            playlist = f"{known.path}\n{self._suffix}"
            self._agree(playlist, run, seen.version(), run is not before)
        return run

    def _place(
        self, known: _Rendition, path: str, resource: Resource
    ) -> RunPosition | None:
        key = path, resource.kind
        if key not in known.places:
            if len(known.places) >= _MOST_PLACES:
                known.places.clear()
            name = relative(resource.parent, path, self._suffix).encode()
            known.places[key] = place_of(self._run(known), name, resource.kind)
        return known.places[key]

    def _path(self, parent: str, name: bytes) -> str | None:
        """Return the local path of a reference in a playlist; None if it has none."""
        return target(parent, name.decode("latin-1"), self._suffix)


def _size_of(known: _Rendition) -> int:
    # The minimum size limits the number of playlists to MOST_PLAYLISTS.
    return max(len(known.seen.facts.body), _MOST_BYTES // MOST_PLAYLISTS)
