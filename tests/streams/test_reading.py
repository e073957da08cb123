"""Reads playlists from upstream: whole, checked, and past a redirect that is kept."""

import gzip
from dataclasses import replace

import pytest
from aiohttp import web

from proxy.errors import BadAnswerError, TruncatedError
from tests.raw_origin import End, RawOrigin, Reply
from tests.streams.built import LIMITS, built
from tests.streams.origin import M3U8, Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
MEDIA = HEAD + "#EXTINF:4,\ns1.ts\n#EXTINF:4,\ns2.ts\n"


async def test_a_redirect_is_kept_until_its_target_refuses(upstream: Origin) -> None:
    """Asked for again, the first URL might open a session at every reload."""
    upstream.asks(
        "/v.m3u8", lambda _: web.Response(status=302, headers={"Location": "/e.m3u8"})
    )
    upstream.says("/e.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        await one.playlist()
        assert upstream.count("/v.m3u8") == 1
        upstream.asks("/v.m3u8", lambda _: web.Response(text=MEDIA, content_type=M3U8))
        upstream.says("/e.m3u8", "gone", status=404)
        assert "main/s1.ts" in await one.patiently(one.playlist())
    assert upstream.count("/v.m3u8") == 2


async def test_i5_a_truncated_packed_playlist_is_a_failure(upstream: Origin) -> None:
    """It is not rewritten as far as it goes."""
    packed = gzip.compress(MEDIA.encode(), mtime=0)[:-12]
    upstream.says("/v.m3u8", packed, Content_Encoding="gzip")
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises((BadAnswerError, TruncatedError)):
            await one.patiently(one.playlist())


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        (HEAD + "s.ts\n" * 8, True),
        (HEAD + "s.ts\n" * 9, False),
        (HEAD.replace("\n", "\r") + "s.ts\r" * 8, True),
        (HEAD.replace("\n", "\r") + "s.ts\r" * 9, False),
        (HEAD.replace("\n", "\r") + "s" * 64 + "\r" + "s" * 64, True),
        (HEAD.replace("\n", "\r") + "s" * 64 + "\r" + "s" * 65, False),
        (HEAD + "s" * 64, True),
        (HEAD + "s" * 65, False),
        (HEAD + "#" + "\n#" * 7 + "x" * (300 - 33 - 15), True),
        ("not a playlist", False),
        ('{"json": true}', False),
        ("", False),
        ("#EXTM3U", True),
    ],
)
async def test_s9_bounds_hold_at_the_limit_and_one_past_it(
    upstream: Origin, body: str, *, fits: bool
) -> None:
    """Lines, length of a line, size; and what is no playlist at all."""
    limits = replace(LIMITS, playlist_lines=11, line_bytes=300, playlist_bytes=300)
    limits = replace(limits, line_bytes=64) if "s" * 60 in body else limits
    upstream.says("/v.m3u8", body, kind=M3U8 if not body else "text/plain")
    async with built(f"{upstream.url}/v.m3u8", limits=limits) as one:
        if fits:
            assert len((await one.playlist()).splitlines()) == len(body.splitlines())
        else:
            with pytest.raises(BadAnswerError):
                await one.playlist()


@pytest.mark.parametrize("answer", ["500", "login", "gone", "empty"])
async def test_a_redirect_is_left_when_its_target_fails(
    upstream: Origin, answer: str
) -> None:
    """The first URL knows where to go now."""
    upstream.asks(
        "/v.m3u8", lambda _: web.Response(status=302, headers={"Location": "/e.m3u8"})
    )
    upstream.says("/e.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        body = "<html>" if answer == "login" else "" if answer == "empty" else "no"
        status = {"500": 500, "gone": 410}.get(answer, 200)
        upstream.says("/e.m3u8", body, status=status)
        upstream.asks("/v.m3u8", lambda _: web.Response(text=MEDIA, content_type=M3U8))
        assert "main/s1.ts" in await one.patiently(one.playlist())


@pytest.mark.parametrize("body", ["", MEDIA[:-4]])
async def test_i4_what_may_be_cut_is_no_playlist(body: str) -> None:
    """Empty, or ended by the connection in the middle of a line."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {M3U8}\r\nConnection: close\r\n\r\n"
    cut = Reply(head.encode() + body.encode(), End.FIN)
    async with RawOrigin(cut) as raw, built(raw.url("/v.m3u8")) as one:
        with pytest.raises(BadAnswerError):
            await one.patiently(one.playlist())
