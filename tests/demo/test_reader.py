"""Parsing what a player gets."""

import pytest

from proxy.demo.programme import encrypt
from proxy.demo.reader import clear, leaks, media_playlist, renditions, starts_at

URL = "http://localhost/lobby/360p/index.m3u8"
ENTRY = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="audio-en/index.m3u8"
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="c",INSTREAM-ID="CC1"
#EXT-X-STREAM-INF:BANDWIDTH=2,AUDIO="a"
360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"
180p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3,AUDIO="b"
360p/index.m3u8
"""
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXTINF:1.92,
7.mp4
#EXT-X-KEY:METHOD=AES-128,URI="../common/key.bin"
#EXTINF:1.5,
8.mp4
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seg-1.ts\n../common/key.bin", ()),
        ("http://cdn.test/1.ts", ("an address",)),
        ("1.ts?Token=abc", ("a token",)),
        ("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.c2ln/1.ts", ("a token",)),
        ("1.ts?signature=abc", ("a signature",)),
        ("https://h/?signature=&token=", ("an address", "a token", "a signature")),
    ],
)
def test_leaks_to_players_are_named(text: str, found: tuple[str, ...]) -> None:
    """The upstream's host, its token, its signature."""
    assert found == leaks(text)


def test_each_rendition_is_found_once() -> None:
    """Even if it is listed with several sound groups; captions have no playlist."""
    found = renditions(ENTRY, "http://localhost/lobby/index.m3u8")

    assert sorted(found) == [
        f"http://localhost/lobby/{name}/index.m3u8"
        for name in ("180p", "360p", "audio-en")
    ]


def test_a_media_playlist_is_parsed() -> None:
    """Numbers, URLs, init section and key of each segment."""
    playlist = media_playlist(MEDIA, URL)
    first, second = playlist.segments
    base = "http://localhost/lobby"

    assert (playlist.target_seconds, playlist.ended) == (2.0, False)
    assert (7, f"{base}/360p/7.mp4", 1.92) == (first.number, first.url, first.seconds)
    assert (f"{base}/360p/init.mp4", None) == (first.init_url, first.key_url)
    assert (second.number, second.seconds) == (8, 1.5)
    assert second.key_url == f"{base}/common/key.bin"


def test_parts_of_an_unfinished_segment_are_ignored() -> None:
    """It has neither a URL nor a duration yet."""
    parts = "".join(f'#EXT-X-PART:DURATION=0.5,URI="9.{i}.mp4"\n' for i in range(2))

    assert media_playlist(MEDIA, URL) == media_playlist(MEDIA + parts, URL)


def test_anything_but_a_playlist_has_no_segments() -> None:
    """An error page counts as an empty playlist."""
    assert media_playlist("<html></html>", URL).segments == ()
    assert renditions("<html></html>", URL) == ()


@pytest.mark.parametrize(
    "segment",
    [
        b"",
        b"<html>",
        b"\x47short",
        b"\x47" + bytes(187),
        b"\0\0\0\x10moof",
        b"WEBVTT\n",
    ],
)
def test_anything_but_a_segment_is_broken(segment: bytes) -> None:
    """Truncated, or something else."""
    with pytest.raises(ValueError, match=r"box|packet|time"):
        starts_at(segment, b"")


def test_subtitles_begin_at_their_mapped_time() -> None:
    """RFC 8216, section 3.5."""
    segment = b"WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n"

    assert starts_at(segment, None) == 10.0


def test_a_segment_is_decrypted_with_its_key_and_number() -> None:
    """Without a key it is in the clear; with the wrong one it is broken."""
    key = bytes(16)

    assert clear(b"x", None, 7) == b"x"
    assert clear(encrypt(b"x", key, 7), key, 7) == b"x"
    for wrong in (b"", b"\1" * 16):
        with pytest.raises(ValueError, match=r"."):
            clear(encrypt(b"x", key, 7), wrong, 7)
