"""Playlists are read whole, checked and limited."""

import gzip
from dataclasses import replace

import pytest

from proxy.errors import BadAnswerError, TruncatedError
from tests.fetch.test_reading.playlists import HEAD, MEDIA
from tests.raw_origin import End, RawOrigin, Reply
from tests.streams.built import LIMITS, built
from tests.streams.origin import M3U8, Origin


async def test_i5_a_truncated_compressed_playlist_is_a_failure(
    upstream: Origin,
) -> None:
    """It is not rewritten partly."""
    packed = gzip.compress(MEDIA.encode(), mtime=0)[:-12]
    upstream.says("/v.m3u8", packed, Content_Encoding="gzip")
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises((BadAnswerError, TruncatedError)):
            await one.patiently(one.playlist())


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be", "utf-8"])
async def test_s5_a_playlist_in_utf_16_is_refused(
    upstream: Origin, coding: str
) -> None:
    """Nothing in it could be made local, nor in any text after its byte order mark."""
    mark = b"\xfe\xff" if coding == "utf-16-be" else b"\xff\xfe"
    upstream.says("/v.m3u8", mark + f"\n{MEDIA}".encode(coding), kind=M3U8)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(BadAnswerError, match="UTF-16"):
            await one.playlist()


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
async def test_s9_limits_hold_exactly(
    upstream: Origin, body: str, *, fits: bool
) -> None:
    """Lines, length of a line, size; and bodies that are no playlist."""
    limits = replace(LIMITS, playlist_lines=11, line_bytes=300, playlist_bytes=300)
    limits = replace(limits, line_bytes=64) if "s" * 60 in body else limits
    upstream.says("/v.m3u8", body, kind=M3U8 if not body else "text/plain")
    async with built(f"{upstream.url}/v.m3u8", limits=limits) as one:
        if fits:
            assert len((await one.playlist()).splitlines()) == len(body.splitlines())
        else:
            with pytest.raises(BadAnswerError):
                await one.playlist()


@pytest.mark.parametrize(("count", "fits"), [(1000, True), (1001, False)])
async def test_s9_an_entry_lists_a_thousand_renditions_at_most(
    upstream: Origin, count: int, *, fits: bool
) -> None:
    """The error names the limit, and a larger list is not processed."""
    media = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{0}",URI="{0}.m3u8"\n'
    variant = "#EXT-X-STREAM-INF:BANDWIDTH=1000\nv.m3u8\n"
    body = "#EXTM3U\n" + variant + "".join(map(media.format, range(count - 1)))
    upstream.says("/v.m3u8", body)
    async with built(f"{upstream.url}/v.m3u8") as one:
        if fits:
            assert (await one.playlist()).count("#EXT-X-MEDIA") == count - 1
        else:
            with pytest.raises(
                BadAnswerError, match="renditions; a fixed limit allows 1,000"
            ):
                await one.playlist()


@pytest.mark.parametrize("body", ["", MEDIA[:-4]])
async def test_i4_a_possibly_truncated_playlist_is_refused(body: str) -> None:
    """Empty, or ended by the connection in the middle of a line."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {M3U8}\r\nConnection: close\r\n\r\n"
    cut = Reply(head.encode() + body.encode(), End.FIN)
    async with RawOrigin(cut) as raw, built(raw.url("/v.m3u8")) as one:
        with pytest.raises(BadAnswerError):
            await one.patiently(one.playlist())
