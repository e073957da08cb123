"""One presentation of a stream: players' requests, and their answers."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import (
    NotReadyError,
    RefusedError,
    UnreachableError,
)
from proxy.replies import DocumentReply
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.built import ask, built
from tests.streams.origin import Origin, origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"


async def test_a_range_on_a_playlist_is_not_forwarded(upstream: Origin) -> None:
    """FFmpeg sends one on every request; the rewritten playlist is whole."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "main/s.ts" in await one.playlist(Range="bytes=0-")
    assert "Range" not in upstream.headers[0]


async def test_a_document_with_addresses_is_made_local(upstream: Origin) -> None:
    """Otherwise a steering manifest would lead the player around the proxy."""
    upstream.says(
        "/v.m3u8",
        '#EXTM3U\n#EXT-X-CONTENT-STEERING:SERVER-URI="/st.json",PATHWAY-ID="a"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n",
    )
    upstream.says("/st.json", '{"TTL":300,"RELOAD-URI":"next.json"}')
    async with built(f"{upstream.url}/v.m3u8") as one:
        name = (await one.playlist()).split('URI="')[1].split('"')[0]
        reply = await one.stream.open(name, ask("_HLS_pathway=a&other=1"))
        assert isinstance(reply, DocumentReply)
        assert upstream.url.encode() not in reply.body
        assert b'"RELOAD-URI":"http://127.0.0.1:8080/lobby/common/next-' in reply.body
    assert upstream.asked[-1] == "/st.json?_HLS_pathway=a"


async def test_a_stream_that_has_not_started_is_awaited(upstream: Origin) -> None:
    """The request waits, and is served once the stream has started."""
    upstream.says("/v.m3u8", "idle", status=412)
    async with built(f"{upstream.url}/v.m3u8") as one:
        waiting = asyncio.create_task(one.patiently(one.playlist()))
        while len(upstream.asked) < 3:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)
        upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
        assert "main/s.ts" in await waiting
    assert one.clock.mono() - 1000 < 8


async def test_an_idle_stream_fails_after_eight_seconds_then_at_once(
    upstream: Origin,
) -> None:
    """Players give up after 8 to 10 s; later ones do not wait again."""
    upstream.says("/v.m3u8", "idle", status=412)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(NotReadyError):
            await one.patiently(one.playlist())
        assert 7 <= one.clock.mono() - 1000 <= 8
        asked = len(upstream.asked)
        assert asked == 5
        await one.clock.advance(1)
        for _ in range(20):
            with pytest.raises(NotReadyError):
                await one.playlist()
    assert len(upstream.asked) == asked + 1


async def test_s2_a_player_cannot_name_an_address(upstream: Origin) -> None:
    """A query, a header or a name with a URL in it changes nothing upstream."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    evil = "http://127.0.0.1:1/x"
    headers = {"X-Forwarded-Host": "evil", "Forwarded": "host=evil", "Host": "evil"}
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist(query=f"url={evil}", **headers)
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1"]
    assert not {"X-Forwarded-Host", "Forwarded"} & upstream.headers[0].keys()


async def test_an_entry_refused_behind_a_redirect_is_not_a_403(
    upstream: Origin,
) -> None:
    """A 403 would make players stop for good."""
    async with origin() as other:
        there = f"{other.url}/v.m3u8"
        upstream.asks(
            "/v.m3u8", lambda _: web.Response(status=302, headers={"Location": there})
        )
        other.says("/v.m3u8", "no", status=403)
        allowed = frozenset({other.url})
        async with built(f"{upstream.url}/v.m3u8", origins=allowed) as one:
            with pytest.raises(RefusedError):
                await one.playlist()


@pytest.mark.parametrize(("name", "seconds"), [("s.ts", 12), ("k.key", 8)])
async def test_media_is_awaited_longer_than_keys(name: str, seconds: int) -> None:
    """Players have a buffer of media; they give up keys sooner."""
    key = '#EXT-X-KEY:METHOD=AES-128,URI="k.key"\n'
    playlist = answer(f"{HEAD}{key}#EXTINF:4,\ns.ts\n".encode())
    silent = Reply(b"", End.HANG)
    async with (
        RawOrigin(playlist, *[silent] * 4) as upstream,
        built(upstream.url("/v.m3u8")) as one,
    ):
        local = await one.playlist()
        listed = local.partition('URI="')[2].partition('"')[0]
        begun = one.clock.mono()
        with pytest.raises(UnreachableError, match=f"for {seconds} s"):
            await one.patiently(one.media("main/s.ts" if name == "s.ts" else listed))
        assert seconds - 1 <= one.clock.mono() - begun <= seconds + 1


async def test_media_outlasts_a_cut_of_10_seconds(upstream: Origin) -> None:
    """The first attempt that succeeds may take a second more."""

    def back(_: web.Request) -> web.Response:
        here = one.clock.mono() > begun + 11
        return web.Response(body=b"\0media", status=200 if here else 503)

    upstream.says("/v.m3u8", f"{HEAD}#EXTINF:4,\ns.ts\n")
    upstream.asks("/s.ts", back)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        begun = one.clock.mono()
        assert await one.patiently(one.media("main/s.ts")) == (200, b"\0media")
