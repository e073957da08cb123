"""What a browser says about the purpose of a request."""

import pytest

from proxy.core.http.fetch_metadata import is_active, opens


@pytest.mark.parametrize(
    ("destination", "active"),
    [
        ("", False),
        ("empty", False),
        ("video", False),
        ("audio", False),
        ("track", False),
        ("image", False),
        ("document", False),
        ("iframe", True),
        ("frame", True),
        ("embed", True),
        ("object", True),
        ("fencedframe", True),
        ("script", True),
        ("worker", True),
        ("sharedworker", True),
        ("serviceworker", True),
        ("style", True),
        ("xslt", True),
        ("what comes next", True),
    ],
)
def test_frames_and_scripts_are_active(destination: str, *, active: bool) -> None:
    """So are unknown destinations."""
    assert is_active(destination) is active


def test_only_playlists_may_be_opened_in_a_window() -> None:
    """Browsers that play HLS play them."""
    assert opens("index.m3u8")
    assert opens("main/list-aaaaaaaaaaaa.m3u")
    assert not opens("main/s.ts")
    assert not opens("common/k-aaaaaaaaaaaa.bin")
