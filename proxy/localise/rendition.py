"""What is known of a media playlist: whether it is played, and whether it is well."""

from dataclasses import dataclass

_STILL_TARGETS = 3.0
# Of short segments: a fault of the network is no end.
_LEAST_STILL_SECONDS = 6.0
_UNPLAYED_SECONDS = 60.0


@dataclass(slots=True)
class Rendition:
    """A media playlist, as its loads and its players show it.

    Times are monotonic seconds.
    """

    version: int = 0
    """The same for the same playlist."""
    changed_at: float = float("-inf")
    loaded_at: float = float("-inf")
    played_at: float = float("-inf")
    turned_at: float = float("-inf")
    """Since when it stands where it stands."""
    still_seconds: float = 0.0
    """How long a live one may stay as it is."""
    live: bool = False
    was_live: bool = False
    refused: bool = False
    starved: bool = False
    """Whether what it names was refused, when a player asked for it last."""
    helped: bool = False
    """Whether the entry was loaded since it went wrong."""

    def loaded(
        self, now: float, *, version: int, live: bool, target_seconds: float
    ) -> None:
        """Take in that it was loaded well."""
        if version != self.version or live != self.live:
            self.version, self.changed_at = version, now
        self.loaded_at = now
        self.still_seconds = max(_STILL_TARGETS * target_seconds, _LEAST_STILL_SECONDS)
        self.live, self.was_live = live, self.was_live or live
        self.refused = False
        self.helped = self.helped and self.is_doubtful

    def is_held(self, now: float) -> bool:
        """Tell whether it is played and answers well: its name keeps its meaning."""
        if not self.is_played(now) or self.is_doubtful:
            return False
        return now - self.loaded_at <= self.still_seconds if self.live else True

    def is_played(self, now: float) -> bool:
        """Tell whether a player asked for it lately, or for what it names."""
        return now - self.played_at <= _UNPLAYED_SECONDS

    @property
    def is_doubtful(self) -> bool:
        """Whether something better may stand elsewhere by now.

        It is refused, has ended, or is live and stands still.
        """
        if self.live and not self.refused:
            return self.loaded_at - self.changed_at >= self.still_seconds
        return self.refused or self.was_live
