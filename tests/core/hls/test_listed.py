"""Tests of what a local media playlist lists."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.listed import ListedRendition, ListedResource, listed, renditions
from proxy.core.kind import Kind

VOD = b"""#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-KEY:METHOD=AES-128,URI="../common/key-abcdefghijkl.bin",IV=0x1
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4,title
s1.mp4
#EXT-X-KEY:METHOD=NONE,URI="none.key"
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="all.mp4",BYTERANGE="100@0"
#EXTINF:4,
#EXT-X-BYTERANGE:50@100
all.mp4
#EXTINF:4,
#EXT-X-BYTERANGE:60
all.mp4
#EXTINF:4,
#EXT-X-GAP
missing.mp4
# a comment
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4,
s2.mp4
#EXTINF:4,
s1.mp4
#EXT-X-ENDLIST
"""


def test_each_resource_is_there_once_and_in_order() -> None:
    """Ranges that follow each other are added up; a gap is not to be had."""
    expected = [
        ListedResource(Kind.KEY, "../common/key-abcdefghijkl.bin"),
        ListedResource(Kind.MAP, "init.mp4"),
        ListedResource(Kind.SEGMENT, "s1.mp4"),
        ListedResource(Kind.MAP, "all.mp4", 0, 100),
        ListedResource(Kind.SEGMENT, "all.mp4", 100, 150),
        ListedResource(Kind.SEGMENT, "all.mp4", 150, 210),
        ListedResource(Kind.SEGMENT, "s2.mp4"),
    ]
    assert list(listed(VOD)) == expected
    assert list(listed(VOD.replace(b"\n", b"\r\n"))) == expected


def test_renditions_say_with_which_groups_they_are_played() -> None:
    """Closed captions and sound in the variants themselves have no playlist."""
    body = b"""#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",URI="audio-en/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="in the variant"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",URI="subs-en/index.m3u8"
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="English",INSTREAM-ID="CC1"
#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="a",SUBTITLES="s",CLOSED-CAPTIONS=NONE
720p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1
360p/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="iframes/index.m3u8"
"""
    assert renditions(body) == (
        ListedRendition("audio-en/index.m3u8", ("AUDIO", "a")),
        ListedRendition("subs-en/index.m3u8", ("SUBTITLES", "s")),
        ListedRendition(
            "720p/index.m3u8", uses=frozenset({("AUDIO", "a"), ("SUBTITLES", "s")})
        ),
        ListedRendition("360p/index.m3u8"),
    )


@given(st.binary())
def test_nothing_raises(body: bytes) -> None:
    """A playlist is untrusted."""
    list(listed(body))
    renditions(body)
