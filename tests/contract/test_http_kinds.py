"""An answer is recognised by its bytes, through the whole program."""

import gzip
import sys
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
    told,
)
from tests.contract.whole import whole

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


INNER = HEAD + "#EXTINF:4,\nreal.ts?signature=1\n"


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "text/plain", "video/mp2t", "application/octet-stream", TYPE, ""],
)
async def test_a_playlist_is_recognised_by_its_first_line(
    tmp_path: Path, content_type: str
) -> None:
    """Whatever its type is; players get the usual type."""
    async with whole(tmp_path) as one:
        one.origin.asks("/v.m3u8", told(MEDIA, content_type))
        heard = await one.get()
    assert (heard.status, heard.body) == (200, LOCAL)
    assert heard.headers["Content-Type"] == TYPE


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("\ufeff\r\n" + INNER, "video/mp2t"),
        (SEGMENT + "real.ts?signature=1\n", "Audio/X-MPEGURL; charset=utf-8"),
    ],
)
async def test_a_segment_may_turn_out_to_be_a_playlist(
    tmp_path: Path, body: str, content_type: str
) -> None:
    """It is recognised by its bytes or by its type."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", told(body, content_type))
        await one.get()
        heard = await one.get(PATH)
    assert heard.headers["Content-Type"] == TYPE
    assert b"signature" not in heard.body
    assert b"main.s.ts.main/real-" in heard.body


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_segment_that_redirects_to_a_playlist(
    tmp_path: Path, method: str
) -> None:
    """The player sees neither the redirect nor the upstream's references."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks(
            "/s.ts", lambda _: web.Response(status=301, headers={"Location": "/p.m3u8"})
        )
        one.origin.says("/p.m3u8", INNER)
        await one.get()
        heard = await one.get(PATH, method=method, Range="bytes=0-")
    assert (heard.status, heard.headers["Content-Type"]) == (200, TYPE)
    assert "Content-Range" not in heard.headers
    assert b"signature" not in heard.body
    assert (b"real-" in heard.body) is (method == "GET")


@pytest.mark.parametrize(
    ("pack", "coding"),
    [(gzip.compress, "gzip"), (brotli.compress, "br"), (zstd.compress, "zstd")],
)
async def test_a_compressed_playlist_instead_of_a_segment_is_recognised(
    tmp_path: Path, pack: Callable[[bytes], bytes], coding: str
) -> None:
    """Even if no coding was requested."""
    packed = pack(INNER.encode())
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", told(packed, "text/plain", Content_Encoding=coding))
        await one.get()
        heard = await one.get(PATH)
    assert heard.headers["Content-Type"] == TYPE
    assert b"real-" in heard.body


@pytest.mark.parametrize(
    ("name", "body"),
    [("s.ts", TS), ("x.m3u8?a", b"#EXTINF:4,\nreal.ts?signature=1\n")],
    ids=["media", "playlist"],
)
async def test_a_name_counts_only_if_the_first_byte_agrees(
    tmp_path: Path, name: str, body: bytes
) -> None:
    """Media may have any name; a playlist without its first line needs its name."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA.replace("s.ts", name))
        one.origin.asks(f"/{name.partition('?')[0]}", told(body, "text/plain"))
        local = (await one.get()).body.split()[-1].decode()
        heard = await one.get(f"/lobby/{local}")
    if body is TS:
        assert (heard.headers["Content-Type"], heard.body) == ("text/plain", TS)
    else:
        assert heard.headers["Content-Type"] == TYPE
        assert b"signature" not in heard.body


async def test_media_after_a_picture_is_passed_on_unchanged(tmp_path: Path) -> None:
    """MPEG-TS after a PNG of 70 bytes, with the type of a PNG."""
    disguised = b"\x89PNG\r\n\x1a\n" + bytes(62) + TS
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA.replace("s.ts", "s.png"))
        one.origin.asks("/s.png", told(disguised, "image/png"))
        local = (await one.get()).body.split()[-1].decode()
        heard = await one.get(f"/lobby/{local}")
    assert (heard.headers["Content-Type"], heard.body) == ("image/png", disguised)
    assert local.endswith(".ts")


@pytest.mark.parametrize("body", ["<!DOCTYPE html><p>Sign in", "<p>CANARY</p>"])
async def test_a_page_instead_of_a_playlist_is_a_refusal(
    tmp_path: Path, body: str
) -> None:
    """Although its status is 200, it is not passed on, and the stream is not ready."""
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", body, kind="text/html")
        heard = await one.get()
    assert heard.status in {502, 503}
    assert b"<" not in heard.body
    assert "Proxy-Status" in heard.headers


@pytest.mark.parametrize(
    ("content_range", "plays"), [("bytes 0-{}/{}", True), ("bytes 0-9/{}", False)]
)
async def test_a_playlist_that_comes_as_206_without_a_range_request(
    tmp_path: Path, content_range: str, *, plays: bool
) -> None:
    """If it is the whole, it plays, otherwise it fails; the player gets no 206."""
    body = MEDIA if plays else MEDIA[:10]
    said = content_range.format(len(body) - 1, len(MEDIA)) if plays else ""
    said = said or content_range.format(len(MEDIA))
    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", body, status=206, Content_Range=said)
        heard = await one.get(Range="bytes=0-", If_Range=ETAG)
    assert heard.status == (200 if plays else 502)
    assert "Content-Range" not in heard.headers
    assert not {"Range", "If-Range"} & one.origin.headers[-1].keys()
