"""Whether an answer is a playlist or something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.imposters import imposter
from proxy.core.hls.sniffing import (
    begins_at_zero,
    is_named_playlist,
    is_named_subtitle,
    is_plainly_media,
    is_playlist_answer,
    is_whole,
    promises_media,
)
from proxy.core.kind import Kind


@pytest.mark.parametrize(
    ("head", "content_type", "named", "playlist"),
    [
        (b"#EXTM3U\n", "video/mp2t", False, True),
        (b"#EXTM3U", "text/html", False, True),
        (b"\xef\xbb\xbf\r\n #EXTM3U\n", "", False, True),
        (b"\x47\x40", "application/vnd.apple.mpegurl", False, False),
        (b"Forbidden", "application/vnd.apple.mpegurl", True, False),
        (b"s.ts\n #EXTINF:4,", "application/vnd.apple.mpegurl", False, True),
        (b"# by hand", "application/vnd.apple.mpegurl", False, True),
        (b"#EXTINF:4,\n", "Audio/X-MpegURL; charset=utf-8", False, True),
        (b"", "vnd.apple.mpegurl", False, False),
        (b"#EXTINF:4,\n", "text/plain", True, True),
        (b"\xef\xbb\xbf#EXTINF:4,\n", "", True, True),
        (b"\x47\x40", "", True, False),
        (b"", "", True, False),
        (b"#EXTINF:4,\n", "text/plain", False, False),
        (b"\x47\x40", "application/mpegurl", False, False),
        (b"<html>", "text/html", True, False),
        (b"WEBVTT\n", "text/vtt", False, False),
        (None, "", True, True),
        (None, "audio/mpegurl", False, True),
        (None, "video/mp2t", False, False),
    ],
)
def test_the_bytes_decide_then_the_type_then_the_name(
    head: bytes | None, content_type: str, *, named: bool, playlist: bool
) -> None:
    """If the first byte is visible, a name alone is not enough."""
    assert is_playlist_answer(head, content_type, named=named) is playlist


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://h/a/i.m3u8", True),
        ("https://h/a/i.M3U?x=1", True),
        ("https://h/a/i.m3u8#f", True),
        ("https://h/i.ts?u=.m3u8", False),
        ("https://h/m3u8", False),
        ("https://h/i.m3u8/x", False),
    ],
)
def test_the_name_comes_from_the_path(url: str, *, named: bool) -> None:
    """The query does not matter; one of several names is enough."""
    assert is_named_playlist(url) is named
    assert is_named_playlist("https://h/x.ts", url) is named


@pytest.mark.parametrize(
    ("content_range", "first", "whole"),
    [
        ("bytes 0-9/10", True, True),
        ("bytes 0-8/10", True, False),
        ("bytes 0-9/*", True, False),
        ("bytes 1-9/10", False, False),
        ("bytes */10", False, False),
        ("bytes 0-9/10, 1-2/10", False, False),
        ("", False, False),
    ],
)
def test_a_part_shows_whether_it_begins_at_zero(
    content_range: str, *, first: bool, whole: bool
) -> None:
    """Without Content-Range nothing is assumed."""
    assert begins_at_zero(content_range) is first
    assert is_whole(content_range) is whole


@pytest.mark.parametrize(
    ("content_type", "part", "named", "promised"),
    [
        ("video/mp2t", False, False, True),
        ("Video/MP4; codecs=x", False, False, True),
        ("image/webp", False, False, True),
        ("video/mp2t", True, True, False),
        ("audio/mpegurl", True, False, False),
        ("text/html", True, False, False),
        ("application/json", True, False, False),
        ("", True, False, True),
        ("binary/octet-stream", True, False, True),
        ("binary/octet-stream", False, False, False),
        ("", False, False, False),
    ],
)
def test_the_type_in_the_head_promises_media(
    content_type: str, *, part: bool, named: bool, promised: bool
) -> None:
    """What may be a page or a playlist is checked first."""
    assert promises_media(content_type, part=part, named=named) is promised


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://h/c.vtt?x", True),
        ("https://h/c.WebVTT", True),
        ("https://h/c.srt", True),
        ("https://h/c.ts?f=c.vtt", False),
    ],
)
def test_subtitles_are_recognised_by_their_names(url: str, *, named: bool) -> None:
    """The query does not matter."""
    assert is_named_subtitle(url) is named


@pytest.mark.parametrize(
    ("head", "plain"),
    [
        (b"\x47\x40\x11\x10\x00\x42\xf0", True),
        (b"\x00\x00\x00\x18ftypmp42", True),
        (b"ID3\x04\x00\x00\x00\x00", True),
        (b"\x8f\x1a random, as what is encrypted \x03", True),
        (b"", False),
        (b"\x47", False),
        (b"#EXTM3U\n\x00", False),
        (b"x\x00\n#EXTM3U\n", False),
        (b" \x00", False),
        (b"<html>\x00", False),
        (b"\xef\xbb\xbf\x00", False),
        (b"\xff\xfe#\x00E\x00", False),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n", False),
        (b"x" * 64 + b"\x00", False),
    ],
)
def test_media_is_recognised_by_its_first_bytes(head: bytes, *, plain: bool) -> None:
    """Bytes that may be text are checked more closely."""
    assert is_plainly_media(head) is plain


_BEGINNINGS = (b"", b"#", b"<", b"{", b"\xef\xbb\xbf", b"\xff\xfe", b"#EXTM3U\n", b"G")
_TYPES = ("", "video/mp2t", "text/html", "application/vnd.apple.mpegurl", "text/plain")


@given(
    beginning=st.sampled_from(_BEGINNINGS),
    following=st.binary(max_size=64)
    | st.text("<#{EXTM3Uhtml\n \x00\x1f", max_size=60).map(str.encode),
    said=st.sampled_from(_TYPES),
    kind=st.sampled_from([Kind.SEGMENT, Kind.PART, Kind.MAP]),
    named=st.booleans(),
)
def test_what_is_plainly_media_is_neither_page_nor_playlist(
    beginning: bytes, following: bytes, said: str, kind: Kind, *, named: bool
) -> None:
    """So the other checks can be skipped."""
    head = (beginning + following)[:64]
    if is_plainly_media(head):
        assert imposter(kind, said, head) is None
        assert not is_playlist_answer(head, said, named=named)
