"""Counts what the store did for one stream."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreUse:
    """What the store did for one stream, for the program's pages."""

    hit_ratio: float | None
    """The share of media requests that needed no upstream request of their own; None
    before the first."""
    hits: int
    stale: int
    misses: int
    joins: int
    bypasses: int
    ahead: int
    saved_bytes: int
    filling: int
    following: int


@dataclass(slots=True, kw_only=True)
class StoreCounts:
    """What the store did for one stream since the program started.

    Each request for a resource counts as one of hits, stale, misses, joins, bypasses
    and ahead.
    """

    hits: int = 0
    """Requests that were answered from a fresh copy."""
    stale: int = 0
    """Requests that were answered from a stale copy because the upstream failed."""
    misses: int = 0
    """Requests that began a fill."""
    joins: int = 0
    """Requests that joined a fill of other players."""
    bypasses: int = 0
    """Requests that were sent to the upstream for one player only."""
    ahead: int = 0
    """Requests that were the first for a resource fetched ahead."""
    fetched_ahead: int = 0
    """Fills that began before a player requested the resource. Those that no player
    requested later (see `ahead`) were wasted."""
    saved_bytes: int = 0
    """Bytes for players that did not have to be fetched."""
    kept: int = 0
    """Fills whose resource was kept."""
    unkept: int = 0
    """Fills whose resource was complete, but was not kept."""
    failed: int = 0
    """Fills that failed."""
    abandoned: int = 0
    """Fills that were cancelled because no player needed them any more."""
    filling: int = 0
    """Fills that are running now."""
    following: int = 0
    """Players that now read from a fill or wait for it."""

    def use(self) -> StoreUse:
        """Return the numbers for the program's pages."""
        saved = self.hits + self.stale + self.joins
        all_ = saved + self.misses + self.bypasses + self.ahead
        return StoreUse(
            hit_ratio=round(saved / all_, 4) if all_ else None,
            hits=self.hits,
            stale=self.stale,
            misses=self.misses,
            joins=self.joins,
            bypasses=self.bypasses,
            ahead=self.ahead,
            saved_bytes=self.saved_bytes,
            filling=self.filling,
            following=self.following,
        )

    @classmethod
    def of(cls, uses: Iterable[StoreUse]) -> "StoreCounts":
        """Return the sums of the counts that several processes report."""
        sums = cls()
        for use in uses:
            for name, number in asdict(use).items():
                if name != "hit_ratio":
                    setattr(sums, name, getattr(sums, name) + number)
        return sums
