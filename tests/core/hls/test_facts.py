"""Facts about a playlist besides its references."""

from proxy.core.hls.facts import Facts, whole


def test_the_facts_of_a_playlist_are_those_of_its_sections() -> None:
    """Counts are added, flags are combined, the last duration counts."""
    stretches = [
        Facts(partial=True, target_duration=4.0, part_target=0.5, segments=2, unread=1),
        Facts(target_duration=6.0, segments=3, drm=True),
        Facts(ended=True, unread=2),
    ]
    assert whole(stretches) == Facts(
        ended=True,
        partial=True,
        target_duration=6.0,
        part_target=0.5,
        segments=5,
        drm=True,
        unread=3,
    )
    assert whole([]) == Facts()
