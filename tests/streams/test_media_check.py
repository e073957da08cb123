"""What was requested as media is checked before a player gets it."""

import pytest
from aiohttp import web

from proxy.errors import ImposterError
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.storing import HEAD


async def test_a_segment_may_turn_out_to_be_a_playlist(upstream: Origin) -> None:
    """The body decides, not the URL; the playlist's children get names too."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says("/s.ts", HEAD + "#EXTINF:4,\nreal.ts\n", kind="video/mp2t")
    upstream.says("/real.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        inner = await one.playlist("main/s.ts")
        name = inner.splitlines()[-1]
        assert name == "../main.s.ts.main/real.ts"
        assert await one.media(name.removeprefix("../")) == (200, b"\0media")


@pytest.mark.parametrize(
    ("size", "fits"), [(16, True), (32, True), (33, False), (1025, False)]
)
async def test_a_key_has_the_length_of_a_key(
    upstream: Origin, size: int, *, fits: bool
) -> None:
    """16 or 32 bytes; anything else is invalid."""
    key = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n#EXTINF:4,\ns.ts\n'
    upstream.says("/v.m3u8", HEAD + key)
    upstream.says("/k.bin", b"#EXTM3U" + b"k" * (size - 7))
    async with built(f"{upstream.url}/v.m3u8") as one:
        name = (await one.playlist()).split('URI="')[1].split('"')[0]
        if fits:
            status, body = await one.media(name)
            assert (status, len(body)) == (200, size)
        else:
            with pytest.raises(ImposterError, match="expected a key, got"):
                await one.media(name)


async def test_a_range_after_the_beginning_reveals_no_playlist(
    upstream: Origin,
) -> None:
    """A part does not show that it is one, but its type and the URL do."""
    signed = HEAD + "#EXTINF:4,\nreal.ts?signature=1\n"
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n#EXTINF:4,\nx.m3u8?a\n")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        said = {"Content-Range": f"bytes 8-{len(signed) - 1}/{len(signed)}"}
        part = web.Response(
            text=signed[8:], status=206, content_type=M3U8, headers=said
        )
        whole = web.Response(text=signed, content_type=M3U8)
        upstream.asks("/s.ts", lambda ask: part if "Range" in ask.headers else whole)
        text = await one.playlist("main/s.ts", Range="bytes=8-")
    assert "signature" not in text


async def test_segments_that_are_playlists_are_kept_apart(
    upstream: Origin,
) -> None:
    """With the same name in two renditions, each leads to its own bytes."""
    upstream.says(
        "/v.m3u8",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na/i.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=2000\nb/i.m3u8\n",
    )
    for folder in ("a", "b"):
        upstream.says(f"/{folder}/i.m3u8", HEAD + "#EXTINF:4,\nx.ts\n")
        upstream.says(f"/{folder}/x.ts", HEAD + "#EXTINF:4,\nreal.ts\n")
        upstream.says(f"/{folder}/real.ts", b"\0" + folder.encode(), kind="video/mp2t")
    names = []
    async with built(f"{upstream.url}/v.m3u8") as one:
        for slug in ("1k", "2k"):
            inner = await one.playlist(f"{slug}/x.ts")
            names.append(inner.splitlines()[-1].removeprefix("../"))
    async with built(f"{upstream.url}/v.m3u8") as again:
        assert [await again.media(name) for name in names] == [
            (200, b"\0a"),
            (200, b"\0b"),
        ]
