"""What came instead of media, a playlist or a key is recognised by its content."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import (
    ImposterError,
)
from proxy.fetch.content_check import GLANCE_SECONDS
from proxy.replies import MediaReply
from tests.streams.built import ask, built
from tests.streams.origin import Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
MEDIA = HEAD + (
    '#EXT-X-MAP:URI="i.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n'
    '#EXT-X-PART:DURATION=1,URI="p.mp4"\n#EXTINF:4,\ns.ts\n'
)

PAGE = b"<!DOCTYPE html><title>Log in</title>"
JSON = b'{"error":"gone"}'


@pytest.fixture
def home(upstream: Origin) -> Origin:
    """Run an origin with a playlist that contains each kind of media."""
    upstream.says("/v.m3u8", MEDIA)
    return upstream


@pytest.mark.parametrize("file", ["s.ts", "i.mp4", "k.bin", "p.mp4"])
@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (PAGE, "text/html", "got a web page; perhaps a captive portal or a login page"),
        (PAGE, "video/mp2t", "got a web page; perhaps a captive portal"),
        (JSON, "application/json", "got JSON"),
        (JSON, "application/octet-stream", "got JSON"),
    ],
)
async def test_a_page_is_never_passed_on_as_media(
    home: Origin, file: str, body: bytes, kind: str, words: str
) -> None:
    """Its URL is resolved once more; the error names what was received."""
    home.says(f"/{file}", body, kind=kind)
    async with built(f"{home.url}/v.m3u8", unguarded=True) as one:
        playlist = await one.playlist()
        name = next(
            word.strip('"')
            for line in playlist.splitlines()
            for word in line.replace("URI=", ",").split(",")
            if f"/{file[0]}" in word
        )
        with pytest.raises(ImposterError, match=words) as came:
            await one.media(name)
    assert came.value.exposed
    assert home.count("/v.m3u8") == 2
    assert home.count(f"/{file}") == 1


async def test_a_page_instead_of_a_range_is_detected(home: Origin) -> None:
    """A login gate ignores what was requested."""
    login = web.Response(status=302, headers={"Location": "/login"})
    home.asks("/s.ts", lambda _: login)
    home.says("/login", PAGE, kind="text/html")
    async with built(f"{home.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        with pytest.raises(ImposterError):
            await one.media("main/s.ts", Range="bytes=100-")


async def test_empty_subtitles_are_passed_on(home: Origin) -> None:
    """Some subtitles are empty; once that is known, others cost nothing for a while."""
    home.says("/s.ts", b"", kind="text/vtt")
    async with built(f"{home.url}/v.m3u8", everything=True) as one:
        await one.playlist()
        for _ in range(5):
            assert await one.media("main/s.ts") == (200, b"")
        assert one.tokens.refusals == 1
        assert home.count("/v.m3u8") == 2
        await one.clock.advance(31)
        assert await one.media("main/s.ts") == (200, b"")
    assert one.tokens.refusals == 2


async def test_an_empty_key_is_invalid(home: Origin) -> None:
    """An empty init section is invalid, too."""
    home.says("/i.mp4", b"")
    async with built(f"{home.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        with pytest.raises(
            ImposterError, match="expected an init section, got nothing"
        ):
            await one.media("main/i.mp4")


class Held(web.StreamResponse):
    """Sends its head, and its body once that is ready."""

    def __init__(self, made: asyncio.Event, body: bytes, kind: str) -> None:
        super().__init__(headers={"Content-Type": kind})
        self._made = made
        self._held = body

    async def write_eof(self, data: bytes = b"") -> None:
        """Wait until it is ready."""
        await self._made.wait()
        await super().write_eof(data or self._held)


async def test_a_delayed_body_is_not_awaited(home: Origin) -> None:
    """Only bytes that have arrived are checked."""
    made = asyncio.Event()
    home.asks("/i.mp4", lambda _: Held(made, b"\0media", "video/mp4"))
    async with built(f"{home.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        async with asyncio.timeout(5):
            reply = await one.stream.open("main/i.mp4", ask())
        assert isinstance(reply, MediaReply)
        made.set()
        async with reply.answer as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"


async def test_a_slow_page_is_still_detected(home: Origin) -> None:
    """Because of its type, its bytes are awaited."""
    made = asyncio.Event()
    home.asks("/i.mp4", lambda _: Held(made, PAGE, "text/html"))
    async with built(f"{home.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        asking = asyncio.create_task(one.media("main/i.mp4"))
        await asyncio.sleep(2 * GLANCE_SECONDS)
        made.set()
        with pytest.raises(ImposterError):
            await asking
