"""Limits tags of which a playlist needs few."""

import re

import pytest

from proxy.errors import LimitError
from proxy.localise.tag_limits import check_scarce, scarce_tags

REPORT = b'#EXT-X-RENDITION-REPORT:URI="../b/v.m3u8"\n'
KEY = b'#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k"\n'
STEERING = b'#EXT-X-CONTENT-STEERING:SERVER-URI="c"\n'
SEGMENT = b"#EXTINF:6,\ns1.ts\n"


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (SEGMENT, {}),
        (SEGMENT + b"s2.ts?a=b\n", {}),
        (b'#EXT-X-KEY:METHOD=AES-128,URI="k"\n', {}),
        (SEGMENT + 2 * REPORT, {"EXT-X-RENDITION-REPORT": 2}),
        (REPORT + KEY, {"EXT-X-RENDITION-REPORT": 1, "EXT-X-SESSION-KEY": 1}),
        (
            b'#EXT-X-SESSION-DATA:DATA-ID="a",URI="b"\n' + STEERING,
            {"EXT-X-SESSION-DATA": 1, "EXT-X-CONTENT-STEERING": 1},
        ),
    ],
)
def test_tags_are_counted(text: bytes, counts: dict[str, int]) -> None:
    """Only those that are present."""
    assert dict(scarce_tags(text)) == counts


@pytest.mark.parametrize("tag", [REPORT, KEY])
def test_a_thousand_of_each_are_allowed(tag: bytes) -> None:
    """Anywhere in the playlist."""
    half, one = scarce_tags(500 * tag), scarce_tags(tag)
    check_scarce([half, (), half, scarce_tags(500 * SEGMENT)])
    name = tag.decode().partition(":")[0].removeprefix("#")
    found = f"the playlist has more than 1,000 {name}; a fixed limit allows 1,000"
    with pytest.raises(LimitError, match=re.escape(found)):
        check_scarce([half, one, half])
