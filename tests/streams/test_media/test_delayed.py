"""Bodies that the upstream delays are passed on as they arrive."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import BadAnswerError, TruncatedError
from proxy.replies import MediaReply
from proxy.upstream.question import ExchangeTimeouts
from tests.streams.built import ask, built
from tests.streams.origin import M3U8, Origin
from tests.streams.storing import HEAD

PARTS = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=1\n"
    '#EXTINF:4,\ns.ts\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.mp4"\n'
)


class Held:
    """An origin that sends a head at once, and the body when a test says so."""

    def __init__(self, upstream: Origin, path: str, kind: str) -> None:
        """Delay the body of the path."""
        self.go = asyncio.Event()
        self.body = b"\0media"
        self._kind = kind
        upstream.asks(path, self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": self._kind})
        response.content_length = len(self.body)
        await response.prepare(request)
        await self.go.wait()
        await response.write(self.body)
        return response


@pytest.mark.parametrize(
    ("name", "kind"),
    [("p.mp4", "video/mp4"), ("p.mp4", "binary/octet-stream"), ("s.ts", "video/mp2t")],
)
async def test_the_head_of_a_delayed_body_is_not_delayed(
    upstream: Origin, name: str, kind: str
) -> None:
    """A part arrives as it is made; its head is there already."""
    upstream.says("/v.m3u8", PARTS)
    part = Held(upstream, f"/{name}", kind)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        reply = await one.stream.open(f"main/{name}", ask())
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert body.held
            part.go.set()
            assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"
    assert upstream.count(f"/{name}") == 1


@pytest.mark.parametrize("kind", ["text/html", "application/json", M3U8])
async def test_a_body_that_may_not_be_media_is_checked_first(
    upstream: Origin, kind: str
) -> None:
    """However long that takes."""
    upstream.says("/v.m3u8", PARTS)
    page = Held(upstream, "/p.mp4", kind)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        opening = asyncio.create_task(one.stream.open("main/p.mp4", ask()))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(opening), 0.5)
        opening.cancel()
        await asyncio.wait({opening})
        page.go.set()


async def test_a_delayed_body_that_is_a_playlist_is_stopped(upstream: Origin) -> None:
    """No byte of it is sent: its addresses are the upstream's."""
    upstream.says("/v.m3u8", PARTS)
    part = Held(upstream, "/p.mp4", "video/mp4")
    part.body = f"{HEAD}#EXTINF:4,\n{upstream.url}/secret.ts?sig=1\n".encode()
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        reply = await one.stream.open("main/p.mp4", ask())
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            part.go.set()
            with pytest.raises(BadAnswerError):
                await anext(body.chunks())


async def test_a_fruitless_hint_is_requested_once(
    upstream: Origin,
) -> None:
    """An upstream that waited this long would do so again."""
    upstream.says("/v.m3u8", PARTS)
    part = Held(upstream, "/p.mp4", "video/mp4")
    times = ExchangeTimeouts(read_held=0.5)
    async with built(f"{upstream.url}/v.m3u8", timeouts=times) as one:
        await one.playlist()
        with pytest.raises(TruncatedError):
            await one.media("main/p.mp4")
        part.go.set()
    assert upstream.count("/p.mp4") == 1
