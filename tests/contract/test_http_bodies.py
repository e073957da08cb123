"""Codings, limits, validators and ranges, through the whole program."""

import gzip
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from aiohttp import web

from tests.contract.http_cases import (
    ETAG,
    HEAD,
    LOCAL,
    MEDIA,
    PATH,
    SEGMENT,
    TS,
    TYPE,
    ranged,
    told,
)
from tests.contract.whole import whole

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def deflated(body: bytes) -> bytes:
    """Return deflate as some servers send it, without the zlib format around it."""
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(body) + coder.flush()


CODED = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", deflated),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
]


@pytest.mark.parametrize(("coding", "pack"), CODED)
async def test_a_playlist_may_have_a_content_coding(
    tmp_path: Path, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    """We request codings that we can decode; the player gets what it accepts."""
    async with whole(tmp_path) as one:
        one.origin.asks(
            "/v.m3u8", told(pack(MEDIA.encode()), TYPE, Content_Encoding=coding)
        )
        heard = await one.get()
        one.origin.asks(
            "/v.m3u8", told(pack(MEDIA.encode())[:-3], TYPE, Content_Encoding=coding)
        )
        await one.clock.advance(60)
        cut = await one.get()
    assert (heard.status, heard.body) == (200, LOCAL)
    assert "Content-Encoding" not in heard.headers
    assert coding in one.origin.headers[0]["Accept-Encoding"].split(", ")
    assert (cut.status, "Proxy-Status" in cut.headers) == (502, True)


async def test_media_keeps_its_content_coding(tmp_path: Path) -> None:
    """With its Content-Encoding, although we request identity."""
    packed = gzip.compress(b"WEBVTT\n", mtime=0)
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", told(packed, "text/vtt", Content_Encoding="gzip"))
        await one.get()
        heard = await one.get(PATH)
    assert (heard.headers["Content-Encoding"], heard.body) == ("gzip", packed)
    assert one.origin.headers[-1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize(
    ("limit", "value", "extra"),
    [
        ("playlist_bytes", len(MEDIA), "#"),
        ("line_bytes", len("#EXT-X-TARGETDURATION:4"), "#" * 24),
        ("playlist_lines", 5, "#\n"),
    ],
)
async def test_s9_limits_apply_exactly(
    tmp_path: Path, limit: str, value: int, extra: str, *, past: bool
) -> None:
    """Size, length of a line and number of lines: at the limit, and one above."""
    settings = {"limits": f"{limit} = {value}"}
    async with whole(tmp_path, settings=settings) as one:
        one.origin.says("/v.m3u8", MEDIA + extra if past else MEDIA)
        heard = await one.get()
    assert heard.status == (502 if past else 200)


async def test_head_of_a_playlist_describes_the_rewritten_one(tmp_path: Path) -> None:
    """Length and validator are those that a GET would get."""
    methods = set()
    said = told(HEAD + SEGMENT * 100, ETag='"upstream"', Accept_Ranges="bytes")

    def answer(request: web.Request) -> web.Response:
        methods.add(request.method)
        return said(request)

    async with whole(tmp_path) as one:
        one.origin.asks("/v.m3u8", answer)
        for accepted in ("identity", "gzip"):
            get = await one.get(Accept_Encoding=accepted)
            head = await one.get(method="HEAD", Accept_Encoding=accepted)
            assert (head.status, head.body) == (200, b"")
            for name in ("Content-Length", "ETag", "Content-Type", "Vary"):
                assert head.headers[name] == get.headers[name]
            assert int(get.headers["Content-Length"]) == len(get.body)
            assert get.headers["ETag"] != '"upstream"'
            assert "Accept-Ranges" not in get.headers
    assert methods == {"GET"}
    plain = gzip.decompress(get.body)
    assert plain.count(b"main/s.ts") == 100


async def test_an_unchanged_playlist_is_a_304(tmp_path: Path) -> None:
    """By our own strong validator, with the same fields and no upstream request."""
    fields = {"Cache_Control": "max-age=1", "ETag": '"upstream"'}
    async with whole(tmp_path) as one:
        one.origin.asks("/v.m3u8", told(MEDIA, **fields))
        first = await one.get()
        tag = first.headers["ETag"]
        again = await one.get(If_None_Match=tag, If_Modified_Since="now")
        other = await one.get(If_None_Match='"upstream"')
    assert not tag.startswith("W/")
    assert (again.status, again.body, other.status) == (304, b"", 200)
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    sent = {name for ask in one.origin.headers for name in ask}
    assert not sent & {"If-None-Match", "If-Modified-Since"}


async def test_validators_of_media_come_from_the_upstream(tmp_path: Path) -> None:
    """They are passed on in both directions."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", ranged)
        await one.get()
        heard = await one.get(PATH, If_None_Match=ETAG)
    assert (heard.status, heard.headers["ETag"], heard.body) == (304, ETAG, b"")


async def test_head_of_media_sends_head_upstream(tmp_path: Path) -> None:
    """The upstream's length and type, and not a byte of the body."""
    methods: list[str] = []

    def answer(request: web.Request) -> web.Response:
        methods.append(request.method)
        return ranged(request)

    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", answer)
        await one.get()
        heard = await one.get(PATH, method="HEAD")
        unknown = await one.get("/lobby/main/none.ts", method="HEAD")
    assert methods == ["HEAD"]
    assert (heard.status, heard.body) == (200, b"")
    assert heard.headers["Content-Length"] == str(len(TS))
    assert heard.headers["Content-Type"] == "video/x-own"
    assert unknown.status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=0-0"}, 206),
        ({"Range": f"bytes={len(TS) - 1}-"}, 206),
        ({"Range": "bytes=5-9"}, 206),
        ({"Range": "bytes=-7"}, 206),
        ({"Range": "bytes=0-"}, 206),
        ({"Range": "bytes=7-9007199254740991"}, 206),
        ({"Range": f"bytes={len(TS)}-"}, 416),
        ({"Range": "bytes=0-1,5-9"}, 206),
        ({"Range": "bytes=5-9", "If-Range": ETAG}, 206),
        ({"Range": "bytes=5-9", "If-Range": '"old"'}, 200),
        ({}, 200),
    ],
)
async def test_i8_a_range_is_answered_as_the_origin_answers_it(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    """Status, fields and bytes are the same."""
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", ranged)
        await one.get()
        heard = await one.get(PATH, **named)
        direct = await one.direct("/s.ts", **named)
    assert heard.status == direct.status == status
    names = ["Content-Range"]
    if status != 416:
        names += ["Content-Length", "Content-Type", "Accept-Ranges", "ETag"]
        assert heard.body == direct.body
    for name in names:
        assert heard.headers.get(name) == direct.headers.get(name)


async def test_i8_an_origin_without_ranges_sends_the_whole(tmp_path: Path) -> None:
    """Its 200 stays a 200."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.says("/s.ts", TS)
        await one.get()
        heard = await one.get(PATH, Range="bytes=5-9")
    assert (heard.status, heard.body) == (200, TS)
    assert "Content-Range" not in heard.headers
