"""Resources are opened, checked, and passed on as they arrive."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.hls.names import Volatile
from proxy.core.http.cache_status import NOT_KEPT
from proxy.errors import (
    BadAnswerError,
    ImposterError,
    StatusError,
    TruncatedError,
)
from proxy.replies import MediaReply, PlayerAsk
from proxy.upstream.question import ExchangeTimeouts
from tests.streams.built import ask, built
from tests.streams.origin import M3U8, Origin

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"


async def test_a_range_is_passed_on_in_both_directions(upstream: Origin) -> None:
    """Status, Content-Range and bytes are exactly the upstream's."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says(
        "/s.ts", b"56", status=206, Content_Range="bytes 5-6/10", ETag='"a"', X_Own="1"
    )
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        asked = ask(headers={"Range": "bytes=5-6", "If-Range": '"a"', "Cookie": "c=1"})
        reply = await one.stream.open("main/s.ts", asked)
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == b"56"
    assert (reply.status, reply.cache) == (206, NOT_KEPT)
    headers = dict(reply.headers)
    assert headers["Content-Range"] == "bytes 5-6/10"
    assert "X-Own" not in headers
    sent = upstream.headers[-1]
    assert (sent["Range"], sent["If-Range"]) == ("bytes=5-6", '"a"')
    assert "Cookie" not in sent


async def test_a_head_request_is_sent_as_head(upstream: Origin) -> None:
    """Media is requested with the player's method."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says("/s.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        head = PlayerAsk("HEAD", "", {}, "")
        reply = await one.stream.open("main/s.ts", head)
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert body.content_length == 6
            assert [chunk async for chunk in body.chunks()] == []


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


async def test_a_404_for_a_segment_is_passed_on(upstream: Origin) -> None:
    """It left the window; the player goes on with another one."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(StatusError) as passed:
            await one.media("main/s.ts")
    assert passed.value.status == 404


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


async def test_an_unchanged_segment_gets_304(upstream: Origin) -> None:
    """A browser asks again with the validators that it got."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts\n")
    upstream.says("/s.ts", b"", status=304)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        assert await one.media("main/s.ts", If_None_Match='"a"') == (304, b"")
    assert upstream.headers[-1]["If-None-Match"] == '"a"'


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


CMCD = "CMCD=bl%3D1%2Csid%3D%22a%22"


@pytest.mark.parametrize(
    ("passes", "everything", "asked"),
    [
        (False, False, "/s.ts?e=1"),
        (True, False, f"/s.ts?e=1&{CMCD}"),
        (True, True, f"/s.ts?e=1&{CMCD}&token=TOKEN-1"),
    ],
)
async def test_client_data_is_passed_on_with_media_if_configured(
    upstream: Origin, asked: str, *, passes: bool, everything: bool
) -> None:
    """Unchanged, and nothing else of the player's query; never with a playlist."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts?e=1\n")
    upstream.says("/s.ts", b"\0media")
    url = f"{upstream.url}/v.m3u8"
    async with built(url, client_data=passes, everything=everything) as one:
        name = (await one.playlist(query=CMCD)).splitlines()[-1]
        assert await one.media(name, f"x=1&{CMCD}") == (200, b"\0media")
    assert upstream.asked[0] == "/v.m3u8?token=TOKEN-1"
    assert upstream.asked[1] == asked


@pytest.mark.parametrize("status", [403, 400])
async def test_client_data_breaks_no_signature_that_covers_the_query(
    upstream: Origin, status: int
) -> None:
    """It is left out from then on; nothing is renewed for it."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.ts?e=1\n")

    def exact(request: web.Request) -> web.Response:
        exactly = request.query_string == "e=1"
        return web.Response(body=b"\0media", status=200 if exactly else status)

    upstream.asks("/s.ts", exact)
    async with built(f"{upstream.url}/v.m3u8", client_data=True) as one:
        name = (await one.playlist()).splitlines()[-1]
        for _ in range(3):
            assert await one.media(name, CMCD) == (200, b"\0media")
    # Whether the token is to blame is checked first.
    asked = 4 if status == 403 else 3
    assert upstream.asked[1:] == [f"/s.ts?e=1&{CMCD}", *["/s.ts?e=1"] * asked]


async def test_client_data_is_kept_after_a_renewal(upstream: Origin) -> None:
    """A URL that is refused with and without it is renewed as usual."""
    sign = 1
    upstream.asks(
        "/v.m3u8",
        lambda _: web.Response(
            text=f"{HEAD}#EXTINF:4,\ns.ts?sig={sign}\n", content_type=M3U8
        ),
    )

    def signed(request: web.Request) -> web.Response:
        fits = request.query["sig"] == str(sign)
        return web.Response(body=b"\0media", status=200 if fits else 403)

    upstream.asks("/s.ts", signed)
    volatile = Volatile(frozenset({"sig"}))
    url = f"{upstream.url}/v.m3u8"
    async with built(url, client_data=True, volatile=volatile) as one:
        name = (await one.playlist()).splitlines()[-1]
        sign = 2
        assert await one.media(name, CMCD) == (200, b"\0media")
    assert upstream.asked[-1] == f"/s.ts?sig=2&{CMCD}"
