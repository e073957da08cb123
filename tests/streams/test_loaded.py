"""What is known of a loaded playlist, and what follows from it."""

import pytest

from proxy.core.hls.playlist import Rewritten
from proxy.streams.loaded import Loaded


def loaded(**facts: float | bool) -> Loaded:
    """Return a playlist with these facts."""
    return Loaded(b"", (), facts=Rewritten(b"", **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "seconds"),
    [
        (loaded(target_duration=4.0), 1.0),
        (loaded(target_duration=1.0), 0.5),
        (loaded(target_duration=4.0, part_target=0.33), 0.33),
        (loaded(target_duration=4.0, part_target=0.01), 0.1),
        (loaded(), 1.0),
    ],
)
def test_its_names_are_news_for_a_part_or_half_a_segment(
    one: Loaded, seconds: float
) -> None:
    """A second at most, a tenth at least."""
    assert one.news_seconds == seconds


def test_removed_segments_stay_for_the_windows_length_and_one_more() -> None:
    """RFC 8216bis, section 6.2.2. Without a target duration a usual one is assumed."""
    assert loaded(segments=3, target_duration=4.0).window_seconds == 16.0
    assert loaded(segments=1).window_seconds == 12.0


@pytest.mark.parametrize(
    ("one", "live"),
    [
        (loaded(), True),
        (loaded(ended=True), False),
        (loaded(multivariant=True), False),
        (Loaded(b"", (), facts=Rewritten(b""), json=True), False),
    ],
)
def test_more_segments_may_follow_unless_the_playlist_has_ended(
    one: Loaded, *, live: bool
) -> None:
    """But not in a multivariant playlist or a JSON document."""
    assert one.live is live
