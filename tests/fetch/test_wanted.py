"""A request, before a token is added."""

from dataclasses import replace

from proxy.core.kind import Kind
from proxy.fetch.wanted import Wanted

PLAIN = Wanted(
    Kind.SEGMENT, "https://cdn.example/s.ts?a=1", headers=(("Range", "bytes=0-99"),)
)


def test_the_additions_of_a_player_can_be_left_out() -> None:
    """What it asks for stays, such as a part; what tells about it is left out."""
    for personal in (
        replace(PLAIN, query="maxResolution=720p"),
        replace(PLAIN, headers=(*PLAIN.headers, ("User-Agent", "kiosk"))),
    ):
        assert personal.personal
        assert personal.bare == PLAIN
    assert not PLAIN.personal


def test_urls_are_not_shown() -> None:
    """They may contain a signature, and fields may contain cookies."""
    assert "cdn.example" not in repr(PLAIN)
    assert "Range" not in repr(PLAIN)
