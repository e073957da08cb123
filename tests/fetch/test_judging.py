"""Judges an answer: whether it can be used, and if not, what to do about it."""

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
from tests.streams.built import Tokens, built
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
