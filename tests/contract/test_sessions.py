"""Sessions that an upstream opens for us, at origins that require them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from proxy.core.tokens.placing.placement import Cookie, Header
from proxy.upstream.session import Sessions
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin, origin

ENTRY = (
    '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000,CODECS="avc1.42c01e"\nlow.m3u8{}\n'
)
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts{}\n#EXT-X-ENDLIST\n"


@pytest.fixture
async def home() -> AsyncIterator[Origin]:
    """Run an origin."""
    async with origin() as one:
        yield one


class Opener:
    """An origin that opens a session at the entry; the test ends it."""

    def __init__(self, home: Origin, *, in_query: bool) -> None:
        self.number = 1
        self.in_query = in_query
        home.asks("/v.m3u8", self.entry)
        home.asks("/low.m3u8", self.guarded)
        home.asks("/s.ts", self.guarded)

    def entry(self, request: web.Request) -> web.Response:
        """Open a session if the token is there."""
        if "TOKEN" not in request.query.get("token", "TOKEN"):
            return web.Response(status=401)
        query = f"?session=%7e{self.number}" if self.in_query else ""
        reply = web.Response(text=ENTRY.format(query), content_type=M3U8)
        if not self.in_query:
            reply.headers["Set-Cookie"] = f"sid=acl=/*~{self.number}; Path=/; HttpOnly"
        return reply

    def guarded(self, request: web.Request) -> web.Response:
        """Answer only in the current session."""
        given = (
            f"session=%7e{self.number}" in request.raw_path
            if self.in_query
            else f"sid=acl=/*~{self.number}" in request.headers.get("Cookie", "")
        )
        if not given:
            return web.Response(status=401)
        if request.path.endswith(".ts"):
            return web.Response(body=b"\0media")
        query = f"?session=%7e{self.number}" if self.in_query else ""
        return web.Response(text=MEDIA.format(query), content_type=M3U8)


@pytest.mark.parametrize("in_query", [False, True])
async def test_a_session_opens_children_and_is_renewed(
    home: Origin, *, in_query: bool
) -> None:
    """By cookie or in the query of children; also after an idle hour."""
    opener = Opener(home, in_query=in_query)
    volatile = Volatile(query=frozenset({"session"}))
    async with built(
        f"{home.url}/v.m3u8", sessions=Sessions(), volatile=volatile
    ) as one:
        entry = await one.playlist()
        rendition = entry.splitlines()[2]
        folder = rendition.partition("/")[0]
        media = await one.playlist(rendition)
        name = f"{folder}/{media.splitlines()[3]}"
        for number in (2, 3, 4):
            assert await one.media(name) == (200, b"\0media")
            await one.clock.advance(3600)
            opener.number = number
        assert one.tokens.refusals == 0
        assert await one.media(name) == (200, b"\0media")
    assert home.count("/v.m3u8") == 4
    assert "sid" not in entry + media


async def test_the_session_of_a_rendition_is_renewed(home: Origin) -> None:
    """After a refused playlist, its entry is loaded again."""
    opener = Opener(home, in_query=False)
    async with built(f"{home.url}/v.m3u8", sessions=Sessions()) as one:
        rendition = (await one.playlist()).splitlines()[2]
        await one.playlist(rendition)
        opener.number = 2
        assert "s.ts" in await one.playlist(rendition)
    assert home.count("/v.m3u8") == 2


async def test_a_cookie_of_a_redirect_is_kept(home: Origin) -> None:
    """A redirect sets it; the cookie with the token is sent as well."""
    moved = {"Location": "/in.m3u8", "Set-Cookie": "gate=open; Path=/"}
    home.asks("/v.m3u8", lambda _: web.Response(status=302, headers=moved))
    home.says("/in.m3u8", MEDIA.format(""))
    async with built(
        f"{home.url}/v.m3u8", placement=Cookie("t"), sessions=Sessions()
    ) as one:
        await one.playlist()
    cookies = [headers.get("Cookie") for headers in home.headers]
    assert cookies == ["t=TOKEN-1", "t=TOKEN-1; gate=open"]


async def test_a_renewed_credential_is_used_until_it_is_refused(
    home: Origin,
) -> None:
    """Each answer brings the next one; after a refusal a new token is used."""
    good, step = {"TOKEN-1"}, 0

    def decide(request: web.Request) -> web.Response:
        nonlocal step
        given = request.headers["Common-Access-Token"]
        if given not in good:
            return web.Response(status=403)
        step += 1
        good.clear()
        good.add(f"RENEWED-{step}")
        headers = {"Common-Access-Token": f"RENEWED-{step}"}
        return web.Response(text=MEDIA.format(""), content_type=M3U8, headers=headers)

    home.asks("/v.m3u8", decide)
    sessions = Sessions(renewed=["Common-Access-Token"], origins=[home.url])
    placement = Header("Common-Access-Token")
    async with built(
        f"{home.url}/v.m3u8", placement=placement, sessions=sessions
    ) as one:
        for _ in range(3):
            await one.playlist()
        good.clear()
        good.add("TOKEN-2")
        await one.playlist()
    sent = [headers["Common-Access-Token"] for headers in home.headers]
    assert sent == ["TOKEN-1", "RENEWED-1", "RENEWED-2", "RENEWED-3", "TOKEN-2"]
    assert one.tokens.refusals == 1


async def test_a_static_token_is_sent_again_when_its_renewal_is_refused(
    home: Origin,
) -> None:
    """There is no newer one, so the session begins again with it."""
    good = {"TOKEN-1"}

    def decide(request: web.Request) -> web.Response:
        if request.headers["Common-Access-Token"] not in good:
            return web.Response(status=403)
        headers = {"Common-Access-Token": "RENEWED"}
        return web.Response(text=MEDIA.format(""), content_type=M3U8, headers=headers)

    home.asks("/v.m3u8", decide)
    sessions = Sessions(renewed=["Common-Access-Token"], origins=[home.url])
    placement = Header("Common-Access-Token")
    async with built(
        f"{home.url}/v.m3u8", placement=placement, sessions=sessions
    ) as one:
        one.tokens.last = 1
        await one.playlist()
        await one.playlist()
    sent = [headers["Common-Access-Token"] for headers in home.headers]
    assert sent == ["TOKEN-1", "RENEWED", "TOKEN-1"]


async def test_requests_that_are_refused_together_are_all_repeated(
    home: Origin,
) -> None:
    """The first one to be repeated does not prevent the others."""
    good, names = {"TOKEN-1"}, [f"s{number}.ts" for number in range(20)]

    def decide(request: web.Request) -> web.Response:
        if request.headers["Common-Access-Token"] not in good:
            return web.Response(status=403)
        renewed = {"Common-Access-Token": "RENEWED"}
        return web.Response(body=b"\0media", content_type="video/mp2t", headers=renewed)

    lines = "".join(f"#EXTINF:4,\n{name}\n" for name in names)
    home.says("/v.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n{lines}#EXT-X-ENDLIST\n")
    for name in names:
        home.asks(f"/{name}", decide)
    sessions = Sessions(renewed=["Common-Access-Token"], origins=[home.url])
    placement = Header("Common-Access-Token")
    async with built(
        f"{home.url}/v.m3u8", placement=placement, sessions=sessions, everything=True
    ) as one:
        one.tokens.last = 1
        await one.playlist()
        await one.media("main/s0.ts")
        got = await asyncio.gather(*(one.media(f"main/{name}") for name in names))
    assert set(got) == {(200, b"\0media")}


async def test_a_refusal_that_no_new_session_cures_fails(home: Origin) -> None:
    """One load of the parents, one more try."""
    opener = Opener(home, in_query=False)
    async with built(f"{home.url}/v.m3u8", sessions=Sessions()) as one:
        rendition = (await one.playlist()).splitlines()[2]
        folder = rendition.partition("/")[0]
        await one.playlist(rendition)
        home.says("/s.ts", b"", status=403)
        for _ in range(20):
            with pytest.raises(Exception, match="refused"):
                await one.media(f"{folder}/s.ts")
    assert home.count("/low.m3u8") <= 2
    assert home.count("/v.m3u8") <= 2
    assert opener.number == 1
