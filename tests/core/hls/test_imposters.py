"""Answers that are not what was requested: a web page, JSON, text, nothing."""

import random

import pytest

from proxy.core.hls.imposters import Imposter, imposter, is_unclear
from proxy.core.hls.sniffing import SNIFF_BYTES, UNCLEAR_BYTES
from proxy.core.kind import Kind

PAGE, XML, JSON, TEXT, LENGTH, NOTHING = Imposter
M3U8 = "application/vnd.apple.mpegurl"
DOCTYPE = b"<!DOCTYPE html><title>Log in"
S3 = b"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>AccessDenied</Code>"
XHTML = b"<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE html PUBLIC"
ERROR = b'{"error":"session expired"}'
TS = b"G@\x00\x10" + bytes(60)


@pytest.mark.parametrize(
    ("content_type", "head", "came"),
    [
        ("text/html", DOCTYPE, PAGE),
        ("text/html; charset=utf-8", b"\xef\xbb\xbf\r\n <div>", PAGE),
        ("Application/XHTML+xml", b"<?xml version='1.0'?>", PAGE),
        (M3U8, b"  <HTML><body>", PAGE),
        ("", b"<body>", PAGE),
        ("application/json", ERROR, JSON),
        (M3U8, b' \n{ "error": 403 }', JSON),
        ("text/plain", b"[]", JSON),
        ("text/plain", b"Forbidden", TEXT),
        ("application/xml", S3, XML),
        (M3U8, S3, XML),
        (M3U8, b"<!-- gate --><html><body>no", PAGE),
        (M3U8, b"<div>Access denied</div>", PAGE),
        (M3U8, b"\xef\xbb\xbf" + DOCTYPE, PAGE),
        (M3U8, b" " * 1400 + DOCTYPE, PAGE),
        (M3U8, b"Forbidden", TEXT),
        (M3U8, b"s.ts\n#EXTRA", None),
        (M3U8, b"s.ts\n", TEXT),
        (M3U8, b"# made by hand\r  #EXTINF:4,\rs.ts", None),
        (M3U8, b"", NOTHING),
        ("text/html", b" \r\n", NOTHING),
        ("text/html", b"#EXTM3U\n", None),
        ("application/json", b"\xef\xbb\xbf#EXTM3U", None),
        ("text/plain", b"#EXTINF:4,\ns.ts", None),
    ],
)
def test_imposters_of_a_playlist(
    content_type: str, head: bytes, came: Imposter | None
) -> None:
    """The bytes decide; if they are not enough, the type does."""
    assert imposter(Kind.PLAYLIST, content_type, head) is came
    assert imposter(Kind.ENTRY, content_type, head) is came


@pytest.mark.parametrize(
    ("content_type", "head", "came"),
    [
        ("text/html", DOCTYPE, PAGE),
        ("video/mp2t", DOCTYPE, PAGE),
        ("video/mp2t", b"\n<script>location=", PAGE),
        ("application/xhtml+xml", XHTML, PAGE),
        ("text/html", b"<!-- gate --><div>", PAGE),
        ("text/html", b"Access denied", PAGE),
        ("application/json", ERROR, JSON),
        ("application/octet-stream", ERROR, JSON),
        ("video/mp2t", '{"error":"accès refusé"}'.encode()[:12], JSON),
        ("application/json", b"null", JSON),
        ("video/mp2t", b"<!-- gate --><html>", PAGE),
        ("video/mp2t", b"\xef\xbb\xbf\n<div>no</div>", PAGE),
        ("video/mp2t", b"\r\n" * 700 + DOCTYPE, PAGE),
        ("application/xml", S3, XML),
        ("video/mp2t", S3, XML),
        ("text/vtt", S3, XML),
        ("video/mp2t", b"\xef\xbb\xbf" + S3, XML),
        ("video/mp2t", b"Forbidden", TEXT),
        ("", "Accès refusé".encode(), TEXT),
        ("application/octet-stream", b"Forbidden\n" * 20, TEXT),
        ("application/octet-stream", b"x" * UNCLEAR_BYTES, None),
        ("text/plain", b"Forbidden", TEXT),
        ("video/mp2t", b"", NOTHING),
        ("video/mp2t", TS, None),
        ("text/html", TS, None),
        ("application/json", TS, None),
        ("text/plain", TS, None),
        ("video/mp4", bytes([0, 0, 0, 24]) + b"ftypiso5", None),
        ("text/vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\n<html>", None),
        ("text/html", b"\xef\xbb\xbfWEBVTT\n", None),
        ("text/plain", b"WEBVTT FILE\n", None),
        ("application/ttml+xml", b"<?xml version='1.0'?>\n<tt xmlns=", None),
        ("text/html", b"<tt xmlns='http://www.w3.org/ns/ttml'>", None),
        ("video/mp2t", b'{"\x00\x01\x02 encrypted', None),
        ("text/plain", b"#EXTM3U\n", None),
        ("", b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHi", None),
        ("application/x-subrip", b"1\r\n", None),
        ("text/vtt", b"NOTE a cue follows", None),
        ("", b"<?xml version='1.0'?><!-- a > b -->\n<tt:tt xmlns:tt=", None),
        ("application/xml", b"<?xml version='1.0'?><!DOCTYPE tt [ <!E> ]><tt>", None),
        ("video/mp2t", b"ID3\x04\x00\x00\x00", None),
        ("audio/aac", b"\xff\xf1P\x80", None),
        ("image/jpeg", b"\xff\xd8\xff\xe0", None),
        ("video/mp2t", b" \n", None),
    ],
)
def test_imposters_of_media(
    content_type: str, head: bytes, came: Imposter | None
) -> None:
    """Subtitles are text, and encrypted segments may begin with anything."""
    for kind in (Kind.SEGMENT, Kind.PART, Kind.MAP):
        assert imposter(kind, content_type, head) is came


@pytest.mark.parametrize(
    ("content_type", "head", "came"),
    [
        ("application/octet-stream", bytes(range(16)), None),
        ("text/html", bytes(range(16)), None),
        ("text/html", b"0123456789abcdef", None),
        ("application/octet-stream", bytes(32), None),
        ("text/html", DOCTYPE, PAGE),
        ("application/octet-stream", b"<html></html>   ", PAGE),
        ("text/html", b"<b>Not today</b>", None),
        ("text/html", b"<b>Not today!</b>", PAGE),
        ("application/octet-stream", S3, XML),
        ("application/octet-stream", b"<!-- x --><html>", PAGE),
        ("application/octet-stream", b"Forbidden", TEXT),
        ("application/octet-stream", b"f" * 32, None),
        *[("", bytes(n), LENGTH) for n in (1, 9, 15, 17, 30, 33, 43, 44, 1024)],
        ("application/octet-stream", bytes(range(200, 216)) + b"\n", LENGTH),
        ("application/json", b'{"error":"gone"}', JSON),
        ("application/octet-stream", b'{"error":"gone"}', JSON),
        ("application/octet-stream", b'{"' + bytes(14), None),
        ("text/plain", b"Forbidden", TEXT),
        ("binary/octet-stream", b"", NOTHING),
    ],
)
def test_imposters_of_a_key(
    content_type: str, head: bytes, came: Imposter | None
) -> None:
    """Sixteen bytes are a key under any type: scripts send text/html by default."""
    assert imposter(Kind.KEY, content_type, head) is came


@pytest.mark.parametrize(
    ("kind", "head", "came"),
    [
        (Kind.STEERING, b'{"VERSION":1}', None),
        (Kind.STEERING, DOCTYPE, PAGE),
        (Kind.STEERING, b"", NOTHING),
        (Kind.STEERING, b'{"error":"expired"}', JSON),
        (Kind.STEERING, b'{"TTL":30,"PATHWAY-PRIORITY":["a"]}', None),
        (Kind.STEERING, S3, XML),
        (Kind.STEERING, b"Forbidden", TEXT),
        (Kind.ASSET_LIST, b'{"error":"ASSETS are gone"}', JSON),
        (Kind.ASSET_LIST, b'[{"error":1}]', TEXT),
        (Kind.ASSET_LIST, b" { }", None),
        (Kind.ASSET_LIST, b'{"ASSETS":[]}', None),
        (Kind.ASSET_LIST, b"#EXTM3U\n", None),
        (Kind.ASSET_LIST, b" ", NOTHING),
        (Kind.SESSION_DATA, b'{"title":"x"}', None),
        (Kind.SESSION_DATA, b"", None),
        (Kind.SESSION_DATA, DOCTYPE, PAGE),
        (Kind.OTHER, DOCTYPE, None),
        (Kind.OTHER, b"", None),
    ],
)
def test_imposters_of_documents(kind: Kind, head: bytes, came: Imposter | None) -> None:
    """Documents are JSON; unknown kinds cannot be judged."""
    assert imposter(kind, "application/octet-stream", head) is came


def test_random_bytes_may_be_media_or_keys() -> None:
    """Encrypted segments and keys may begin with anything, under any type."""
    draw = random.Random(19)  # noqa: S311 - an example, no secret
    for begin in (b"", b"<", b"{", b'{"', b"[{", b"<!"):
        for _ in range(3000):
            head = begin + draw.randbytes(SNIFF_BYTES - len(begin))
            assert imposter(Kind.SEGMENT, "text/html", head) is None
            assert imposter(Kind.KEY, "text/html", head[:16]) is None


def test_text_with_a_subtitle_name_is_accepted() -> None:
    """But not markup, JSON or a single line."""
    for head, came in (
        (b"1\r\nHello", None),
        (b"Forbidden\n", TEXT),
        (S3, XML),
        (ERROR, JSON),
        (DOCTYPE, PAGE),
    ):
        assert imposter(Kind.SEGMENT, "", head, subtitle=True) is came


@pytest.mark.parametrize(
    ("head", "unclear"),
    [
        (b" " * SNIFF_BYTES, True),
        (b"\xef\xbb\xbf" + b"\n" * 60 + b"<", True),
        (b"<?xml version='1.0'?><!-- made by" + b"x" * 32, True),
        (b"x" * SNIFF_BYTES, True),
        (b"WEBVTT\n" * 9, False),
        (TS, False),
        (b"<" + bytes(63), False),
    ],
)
def test_blanks_and_markup_need_more_bytes(head: bytes, *, unclear: bool) -> None:
    """Media is recognised from the first bytes."""
    assert is_unclear(head) is unclear
