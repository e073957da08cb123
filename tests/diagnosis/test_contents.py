"""What a check finds in a playlist."""

import pytest

from proxy.diagnosis.contents import ByteRange, ContentPiece, contents_of

LADDER = b"""#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio-en/index.m3u8"
#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",URI="subs-en/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,AUDIO="a"
1080p-5000k/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360,AUDIO="a"
360p-800k/index.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-MAP:URI="init.mp4"
#EXT-X-KEY:METHOD={method},URI="{key}"{form}
#EXTINF:6,
1.mp4
#EXTINF:6,
2.mp4
#EXTINF:4,
3.mp4
{end}"""


def media(
    method: str = "NONE", key: str = "", form: str = "", end: str = "#EXT-X-ENDLIST\n"
) -> bytes:
    """Return a media playlist of three segments."""
    text = MEDIA.format(method=method, key=key, form=form, end=end)
    return text.replace('URI=""', 'URI="x"').encode()


def test_a_ladder_is_summarised() -> None:
    """From the lowest to the highest; the first variant is checked further."""
    found = contents_of(LADDER)
    wanted = "2 variants, 360p to 1080p, 800 to 5000 kbit/s, 1 audio, 1 subtitles"
    assert found.summary == wanted
    assert found.renditions[0] == "1080p-5000k/index.m3u8"
    assert found.segment is None


def test_a_recording_differs_from_a_live_stream() -> None:
    """By its end; its length is shown."""
    recorded, live = contents_of(media()), contents_of(media(end=""))
    assert recorded.summary.startswith("recorded, 16 s")
    assert live.summary.startswith("live, a window of 16 s")
    assert (recorded.segment, recorded.seconds) == (ContentPiece("2.mp4"), 6.0)
    assert recorded.init == ContentPiece("init.mp4")


def test_a_key_is_found() -> None:
    """AES-128 keys can be fetched."""
    found = contents_of(media("AES-128", "../common/key.bin"))
    assert found.key == "../common/key.bin"
    assert "AES-128" in found.summary
    assert found.warnings == ()


@pytest.mark.parametrize(
    "playlist",
    [
        media("SAMPLE-AES", "skd://x"),
        media("AES-128", "skd://x", ',KEYFORMAT="com.apple.streamingkeydelivery"'),
        LADDER + b'#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES-CTR,URI="data:x"\n',
    ],
)
def test_drm_is_named(playlist: bytes) -> None:
    """It will not play, and its key is not a file."""
    found = contents_of(playlist)
    assert found.key is None
    (warning,) = found.warnings
    assert "will not play" in warning


def test_low_latency_is_recognised() -> None:
    """With the length of its parts."""
    body = media(end="").replace(
        b"#EXT-X-MAP", b"#EXT-X-PART-INF:PART-TARGET=0.5\n#EXT-X-MAP"
    )
    assert "parts of 0.5 s" in contents_of(body).summary


def test_an_empty_window_is_reported() -> None:
    """There is nothing to fetch."""
    found = contents_of(b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n")
    assert found.segment is None
    assert found.warnings == ("it has no segments",)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"#EXTM3U\n#EXTINF:abc,\n1.ts\n"])
def test_an_unreadable_playlist_does_not_stop_the_check(body: bytes) -> None:
    """It continues with the first line that is a reference."""
    assert contents_of(body).segment in {
        None,
        ContentPiece("1.ts"),
        ContentPiece("\ufffd\ufffd"),
    }


def test_an_unreadable_ladder_does_not_stop_the_check() -> None:
    """The m3u8 library is stricter than players."""
    found = contents_of(b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=x\nv/index.m3u8\n")
    assert found.renditions == ("v/index.m3u8",)


RANGES = b"""#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-MAP:URI="a.mp4",BYTERANGE="100@7"
#EXT-X-BYTERANGE:1000@200
#EXTINF:6,
a.mp4
#EXT-X-BYTERANGE:500
#EXTINF:6,
a.mp4
#EXT-X-BYTERANGE:300
#EXTINF:6,
a.mp4
#EXT-X-ENDLIST
"""


def test_byte_ranges_are_resolved() -> None:
    """One without an offset begins where the last one ended."""
    found = contents_of(RANGES)
    assert "in byte ranges" in found.summary
    assert found.segment == ContentPiece("a.mp4", ByteRange(1200, 500))
    assert found.init == ContentPiece("a.mp4", ByteRange(7, 100))


def test_parts_that_are_ranges_are_tried_too() -> None:
    """For a growing segment, the last part is tried."""
    found = contents_of(
        b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PART-INF:PART-TARGET=2\n"
        b"#EXTINF:6,\n1.mp4\n"
        b'#EXT-X-PART:DURATION=2,URI="2.mp4",BYTERANGE="20@0"\n'
        b'#EXT-X-PART:DURATION=2,URI="2.mp4",BYTERANGE="30"\n'
    )
    assert found.part == ContentPiece("2.mp4", ByteRange(20, 30))
    assert found.segment == ContentPiece("1.mp4")
    assert "1 segment " in found.summary


@pytest.mark.parametrize("text", ["", "x", "5@x", "-5@1", "5", "5@", "9" * 5000])
def test_an_unreadable_range_is_ignored(text: str) -> None:
    """A player could not parse it either; the whole file is tried."""
    body = f"#EXTM3U\n#EXT-X-BYTERANGE:{text}\n#EXTINF:6,\na.mp4\n"
    found = contents_of(body.encode())
    assert found.segment == ContentPiece("a.mp4")


FAIRPLAY = b'METHOD=AES-128,URI="x",KEYFORMAT="com.apple.streamingkeydelivery"\n'


@pytest.mark.parametrize(
    ("keys", "playable"),
    [
        (b"", True),
        (b'#EXT-X-KEY:METHOD=AES-128,URI="k"\n', True),
        (b'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"\n', False),
        (
            b'#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXT-X-KEY:' + FAIRPLAY,
            True,
        ),
    ],
)
def test_content_that_only_drm_opens_is_not_playable(
    keys: bytes, *, playable: bool
) -> None:
    """Unless there is also a key that can be fetched."""
    body = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + keys + b"#EXTINF:6,\n1.ts\n"
    assert contents_of(body).playable is playable
