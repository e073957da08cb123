"""What the players of a crowd noticed, and what it took. Pure."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import NamedTuple, Self

from benchmarks.players.origin import SEGMENT_SECONDS, number


@dataclass(slots=True, kw_only=True)
class Noticed:
    """What all players noticed; times are in seconds."""

    stored: list[float] = field(default_factory=list)
    """Times to the first byte of segments that came from the store, by their
    Cache-Status."""
    others: list[float] = field(default_factory=list)
    """The same of all other segments."""
    playlists: list[float] = field(default_factory=list)
    late: int = 0
    """Segments that took longer than they play."""
    skipped: int = 0
    """Segments that were no longer listed when their turn came."""
    failures: Counter[str] = field(default_factory=Counter)
    """What came instead of an answer."""

    def segment(self, first: float, whole: float, cache: str) -> None:
        """Take a segment, with its times and its Cache-Status."""
        (self.stored if "; hit" in cache else self.others).append(first)
        self.late += whole > SEGMENT_SECONDS


class Cpu(NamedTuple):
    """CPU time of all that runs."""

    program: float
    origin: float
    players: float

    def since(self, before: Self, seconds: float) -> Self:
        """Return the shares of a core that were used in the seconds since."""
        pairs = zip(self, before, strict=True)
        return type(self)(*((now - then) / seconds for now, then in pairs))


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one crowd."""

    players: int
    noticed: Noticed
    _: KW_ONLY
    cpu: Cpu
    """Shares of a core."""
    asked: float
    """Upstream requests per segment, the mean."""
    memory: int
    """The most bytes that were resident."""
    files: int
    """Bytes of files in memory, at the end."""
    lag: float
    """The 99th percentile of how late the players' own event loop was, in seconds."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the values does not exceed; NaN of none."""
    if not values:
        return math.nan
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def requests_per_segment(asked: Mapping[str, int], first: int, last: int) -> float:
    """Return the mean number of requests for the segments from `first` to `last`."""
    counts = [
        count for path, count in asked.items() if first <= (number(path) or -1) <= last
    ]
    return sum(counts) / len(counts) if counts else math.nan
