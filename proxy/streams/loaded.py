"""A playlist or document as sent to the player, and facts about it."""

from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls.playlist import Rewritten
from proxy.core.http.headers import Fields
from proxy.localise.playlist_load import PlaylistLoad

_USUAL_TARGET_SECONDS = 6.0
_LEAST_NEWS_SECONDS, _MOST_NEWS_SECONDS = 0.1, 1.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A playlist or document as sent to the player, and facts about it."""

    body: bytes = field(repr=False)
    headers: Fields
    _: KW_ONLY
    facts: Rewritten = field(repr=False)
    asked_at: float = 0.0
    """When the upstream was asked, in monotonic seconds."""
    json: bool = False
    """Whether it is a JSON document, not a playlist."""
    seen: PlaylistLoad | None = field(default=None, repr=False)
    """What it shows of its names' meaning; None unless it is a media playlist."""
    overdue: bool = False
    """Whether the whole playlist should be loaded, because only delta updates came
    during its window."""

    @property
    def target_seconds(self) -> float:
        """The target duration, or a usual value if the playlist has none."""
        return self.facts.target_duration or _USUAL_TARGET_SECONDS

    @property
    def news_seconds(self) -> float:
        """How long a live playlist's names count as current: a part, or half a segment.

        At most a second, because a request for a newer name waits for the next load.
        """
        soon = self.facts.part_target or self.target_seconds / 2
        return min(max(soon, _LEAST_NEWS_SECONDS), _MOST_NEWS_SECONDS)

    @property
    def live(self) -> bool:
        """Whether more segments may follow."""
        facts = self.facts
        return not (facts.multivariant or facts.ended or self.json)

    @property
    def window_seconds(self) -> float:
        """How long segments stay known after leaving a live window.

        It is the length of the window plus one segment.
        """
        return (self.facts.segments + 1) * self.target_seconds
