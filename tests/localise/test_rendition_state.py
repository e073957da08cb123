"""Whether a media playlist is played, and whether it works."""

import pytest

from proxy.localise.rendition_state import RenditionState


def loaded(*loads: tuple[float, int, bool]) -> RenditionState:
    """Return a rendition with these loads: time, version, live or not."""
    one = RenditionState()
    for now, version, live in loads:
        one.loaded(now, version=version, live=live, target_seconds=4)
    return one


@pytest.mark.parametrize(
    ("loads", "doubtful"),
    [
        ([(0, 1, True), (11, 1, True)], False),
        ([(0, 1, True), (12, 1, True)], True),
        ([(0, 1, True), (12, 1, True), (13, 2, True)], False),
        ([(0, 1, True), (4, 2, False)], True),
        ([(0, 1, False), (50, 1, False)], False),
    ],
)
def test_a_stale_or_ended_rendition_is_doubtful(
    loads: list[tuple[float, int, bool]], *, doubtful: bool
) -> None:
    """A live one without a change for three target durations; never a recording."""
    assert loaded(*loads).is_doubtful is doubtful


def test_short_targets_get_six_seconds() -> None:
    """A short network failure does not make it doubtful."""
    one = RenditionState()
    for now in (0.0, 5.9):
        one.loaded(now, version=1, live=True, target_seconds=0.5)
    assert not one.is_doubtful
    one.loaded(6.0, version=1, live=True, target_seconds=0.5)
    assert one.is_doubtful


def test_it_is_held_while_it_is_played_and_loaded() -> None:
    """A live one must also be loaded successfully."""
    one = loaded((0, 1, True))
    assert not one.is_held(1)
    one.played_at = 1
    assert one.is_held(12)
    assert not one.is_held(13)
    recording = loaded((0, 1, False))
    recording.played_at = 1
    assert recording.is_held(61)
    assert not recording.is_held(62)


def test_a_refused_rendition_is_not_held_until_a_good_load() -> None:
    """Earlier loads do not count."""
    one = loaded((0, 1, True))
    one.played_at, one.refused = 1, True
    assert not one.is_held(2)
    one.loaded(3, version=1, live=True, target_seconds=4)
    assert one.is_held(3)


def test_help_counts_until_the_rendition_works() -> None:
    """If it is still stale after a load of the entry, it is not helped again."""
    one = loaded((0, 1, True), (12, 1, True))
    one.helped = True
    one.loaded(16, version=1, live=True, target_seconds=4)
    assert one.helped
    one.loaded(20, version=2, live=True, target_seconds=4)
    assert not one.helped
