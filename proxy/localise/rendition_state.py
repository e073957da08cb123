"""The state of a media playlist: whether it is played, and whether it works."""

from dataclasses import dataclass

_STILL_TARGETS = 3.0
# The minimum for short segments, because a network failure does not end a playlist.
_LEAST_STILL_SECONDS = 6.0
_UNPLAYED_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class RenditionState:
    """The state of a media playlist, from its loads and its players' requests.

    Times are monotonic seconds.
    """

    version: int = 0
    """A number that changes when the playlist's content does."""
    changed_at: float = float("-inf")
    loaded_at: float = float("-inf")
    played_at: float = float("-inf")
    turned_at: float = float("-inf")
    """Since when it has its current URL."""
    still_seconds: float = 0.0
    """How long a live playlist may stay unchanged."""
    live: bool = False
    was_live: bool = False
    refused: bool = False
    starved: bool = False
    """Whether the resource that a player last requested from it was refused."""
    helped: bool = False
    """Whether the entry was loaded since this playlist stopped working."""

    def loaded(
        self, now: float, *, version: int, live: bool, target_seconds: float
    ) -> None:
        """Record a successful load."""
        if version != self.version or live != self.live:
            self.version, self.changed_at = version, now
        self.loaded_at = now
        self.still_seconds = max(_STILL_TARGETS * target_seconds, _LEAST_STILL_SECONDS)
        self.live, self.was_live = live, self.was_live or live
        self.refused = False
        self.helped = self.helped and self.is_doubtful

    def is_held(self, now: float) -> bool:
        """Return whether it is played and works, so that its name keeps its URL."""
        if not self.is_played(now) or self.is_doubtful:
            return False
        return now - self.loaded_at <= self.still_seconds if self.live else True

    def is_played(self, now: float) -> bool:
        """Return whether a player recently requested it, or something it lists."""
        return now - self.played_at <= _UNPLAYED_SECONDS

    @property
    def is_doubtful(self) -> bool:
        """Whether another URL may be better by now.

        It is refused, was live and has ended, or is live and no longer changes.
        """
        if self.live and not self.refused:
            return self.loaded_at - self.changed_at >= self.still_seconds
        return self.refused or self.was_live
