"""Judges an answer: whether it can be used, and if not, what to do about it."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web

from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    ImposterError,
    NotReadyError,
    RedirectRefusedError,
    StatusError,
    TokenUnavailableError,
    UpstreamError,
)
from proxy.fetch.judging import GLANCE_SECONDS
from proxy.replies import MediaReply
from tests.streams.built import Tokens, ask, built
from tests.streams.origin import M3U8, Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
MEDIA = HEAD + (
    '#EXT-X-MAP:URI="i.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n'
    '#EXT-X-PART:DURATION=1,URI="p.mp4"\n#EXTINF:4,\ns.ts\n'
)
LADDER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=800000\nlow.m3u8\n"
LOW = "800k/index.m3u8"
PAGE = b"<!DOCTYPE html><title>Log in</title>"
JSON = b'{"error":"gone"}'
Mind = Callable[[web.Request], web.Response]


def moved(location: str) -> Mind:
    """Return the handler of a gate that redirects."""
    return lambda _: web.Response(status=302, headers={"Location": location})


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
    home.asks("/s.ts", moved("/login"))
    home.says("/login", PAGE, kind="text/html")
    async with built(f"{home.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        with pytest.raises(ImposterError):
            await one.media("main/s.ts", Range="bytes=100-")


@pytest.mark.parametrize("location", ["https://login.example/?rd=/v", "/round"])
async def test_a_redirect_that_leads_nowhere_is_a_refusal(
    upstream: Origin, location: str
) -> None:
    """To another origin, or in circles: a newer token helps."""

    def gate(request: web.Request) -> web.Response:
        if request.query.get("token") == "TOKEN-2":
            return web.Response(text=MEDIA, content_type=M3U8)
        return moved(location)(request)

    upstream.asks("/v.m3u8", gate)
    upstream.asks("/round", moved("/round"))
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "main/s.ts" in await one.playlist()
    assert one.tokens.refusals == 1


async def test_a_lasting_bad_redirect_is_reported_as_one(upstream: Origin) -> None:
    """Perhaps the settings forbid its target."""
    upstream.asks("/v.m3u8", moved("https://cdn.example/v.m3u8"))
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(RedirectRefusedError):
            await one.playlist()
    assert one.tokens.refusals == 1
    upstream.says("/v.m3u8", MEDIA)
    upstream.asks("/s.ts", moved("https://cdn.example/s.ts"))
    async with built(f"{upstream.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        with pytest.raises(RedirectRefusedError):
            await one.media("main/s.ts")


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotReadyError), (400, StatusError)]
)
async def test_a_missing_entry_costs_one_token(
    upstream: Origin, status: int, error: type[UpstreamError]
) -> None:
    """The token is suspected once, if the entry existed before; otherwise never."""
    upstream.says("/v.m3u8", "no", status=status)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(error):
            await one.patiently(one.playlist())
        assert one.tokens.refusals == 0
        upstream.says("/v.m3u8", MEDIA)
        await one.clock.advance(1)
        await one.playlist()
        upstream.says("/v.m3u8", "no", status=status)
        for _ in range(5):
            with pytest.raises(error):
                await one.patiently(one.playlist())
            await one.clock.advance(1)
        assert one.tokens.refusals == 1
        upstream.says("/v.m3u8", MEDIA)
        assert "main/s.ts" in await one.playlist()


@pytest.mark.parametrize("status", [404, 400])
async def test_a_missing_rendition_costs_one_load_of_its_parents(
    upstream: Origin, status: int
) -> None:
    """After that, the upstream's status is passed on while it is missing."""
    upstream.says("/v.m3u8", LADDER)
    upstream.says("/low.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        await one.playlist(LOW)
        upstream.says("/low.m3u8", "no", status=status)
        for _ in range(20):
            with pytest.raises(StatusError) as said:
                await one.playlist(LOW)
            assert said.value.status == status
            assert said.value.__cause__ is not said.value
            await one.clock.advance(3)
    assert upstream.count("/v.m3u8") == 2


async def test_a_404_counts_even_if_the_parents_fail(upstream: Origin) -> None:
    """A parent that is out of order does not make it less missing."""
    upstream.says("/v.m3u8", LADDER)
    upstream.says("/low.m3u8", MEDIA)
    async with built(f"{upstream.url}/v.m3u8", unguarded=True) as one:
        await one.playlist()
        await one.playlist(LOW)
        upstream.says("/low.m3u8", "no", status=404)
        upstream.says("/v.m3u8", "no", status=500)
        with pytest.raises(StatusError) as said:
            await one.playlist(LOW)
        assert said.value.status == 404
        await one.clock.advance(3)
        upstream.says("/v.m3u8", LADDER.replace("low", "new"))
        upstream.says("/new.m3u8", MEDIA)
        assert "s.ts" in await one.playlist(LOW)


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


class Barred(Tokens):
    """A keeper whose service gives no newer token for now."""

    barred: bool = True

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Raise an error, as long as it is barred."""
        if not self.barred:
            return await super().refused(kept, subject)
        raise TokenUnavailableError("down", retry_after=1.0)


async def test_a_missing_stream_is_suspect_until_a_newer_token_was_tried(
    upstream: Origin,
) -> None:
    """Until then its status is passed on; with a newer token it recovers."""
    upstream.says("/v.m3u8", MEDIA)
    keeper = Barred()
    async with built(f"{upstream.url}/v.m3u8", keeper=keeper) as one:
        await one.playlist()
        upstream.asks("/v.m3u8", newer_than_one)
        for _ in range(3):
            with pytest.raises(NotReadyError):
                await one.patiently(one.playlist())
            await one.clock.advance(1)
        keeper.barred = False
        assert "main/s.ts" in await one.playlist()


def newer_than_one(request: web.Request) -> web.Response:
    """Answer 404 to the first token, and the playlist to newer ones."""
    if request.query.get("token") == "TOKEN-1":
        return web.Response(status=404)
    return web.Response(text=MEDIA, content_type=M3U8)


async def test_a_page_is_reported_even_without_a_newer_token(
    upstream: Origin,
) -> None:
    """A captive portal answers in place of the token service, too."""
    upstream.says("/v.m3u8", PAGE, kind="text/html")
    async with built(f"{upstream.url}/v.m3u8", keeper=Barred()) as one:
        with pytest.raises(ImposterError, match="a captive portal"):
            await one.playlist()
    upstream.says("/v.m3u8", "no", status=403)
    async with built(f"{upstream.url}/v.m3u8", keeper=Barred()) as one:
        with pytest.raises(TokenUnavailableError):
            await one.playlist()


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
