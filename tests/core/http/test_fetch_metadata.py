"""What a browser says a request is for."""

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
def test_what_is_framed_or_run_is_active(destination: str, *, active: bool) -> None:
    """So is what we have never heard of."""
    assert is_active(destination) is active


def test_playlists_alone_have_a_window_of_their_own() -> None:
    """Browsers that play HLS play them."""
    assert opens("index.m3u8")
    assert opens("main/list-aaaaaaaaaaaa.m3u")
    assert not opens("main/s.ts")
    assert not opens("common/k-aaaaaaaaaaaa.bin")
