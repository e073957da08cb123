"""What a player adds to a request may be refused too."""

import pytest
from aiohttp import web

from proxy.errors import ChildRefusedError, PlayerRefusedError
from proxy.replies import MediaReply
from tests.fetch.test_asking.playlists import MEDIA
from tests.streams.built import ask, built
from tests.streams.origin import M3U8, Origin

LIST = {"Accept-Language": "x" * 100}
ADDED: list[tuple[str, str, str, dict[str, str]]] = [
    ("/v.m3u8", "index.m3u8", "_HLS_msn=9", {}),
    ("/v.m3u8", "index.m3u8", "max=9", {}),
    ("/list.json", "", "_HLS_primary_id=1", LIST),
    ("/s.ts", "main/s.ts", "CMCD=x", {}),
    ("/s.ts", "main/s.ts", "", {"Accept-Language": "x" * 100}),
    ("/s.ts", "main/s.ts", "", {"If-Range": '"a"', "Range": "bytes=0-1"}),
    ("/s.ts", "main/s.ts", "", {"Range": "bytes=0-1,3-4"}),
    ("/s.ts", "main/s.ts", "", {"CMCD-Session": "sid=1"}),
]
MIXED = MEDIA.replace(
    "#EXTINF",
    '#EXT-X-DATERANGE:ID="1",START-DATE="2026-01-01T00:00:00Z",'
    'X-ASSET-LIST="{url}/list.json"\n#EXTINF',
)


@pytest.mark.parametrize(("path", "name", "query", "fields"), ADDED)
@pytest.mark.parametrize("status", [403, 302])
async def test_a_refusal_of_a_players_additions_costs_no_token(
    upstream: Origin,
    path: str,
    name: str,
    query: str,
    fields: dict[str, str],
    status: int,
) -> None:
    """Nobody else notices, and media is fetched without them."""
    mixed = MIXED.format(url=upstream.url)
    bodies = {"/v.m3u8": mixed, "/list.json": '{"ASSETS":[]}', "/s.ts": "\0media"}

    def strict(request: web.Request) -> web.Response:
        added = set(request.headers) & {*fields} or set(request.query) - {"token"}
        if request.path == path and added:
            login = {"Location": "https://login.example/"}
            return web.Response(status=status, headers=login)
        kind = "video/mp2t" if request.path == "/s.ts" else M3U8
        return web.Response(text=bodies[request.path], content_type=kind)

    for each in bodies:
        upstream.asks(each, strict)
    async with built(
        f"{upstream.url}/v.m3u8",
        everything=True,
        client_data=True,
        passing=frozenset({"max"}),
    ) as one:
        text = await one.playlist()
        name = name or text.partition("common/")[2].partition('"')[0]
        for n in range(8):
            before = len(upstream.asked)
            asked = f"{query}{n}" if query else ""
            if path == "/s.ts":
                assert await one.media(name, asked, **fields) == (200, b"\0media")
            else:
                place = name if path == "/v.m3u8" else f"common/{name}"
                with pytest.raises(PlayerRefusedError):
                    await one.stream.open(place, ask(asked, fields))
            assert len(upstream.asked) - before <= 3
            assert await one.playlist() == text
    assert one.tokens.refusals == 0


@pytest.mark.parametrize(("path", "name", "query", "fields"), ADDED)
async def test_a_refused_token_is_detected_despite_additions(
    upstream: Origin, path: str, name: str, query: str, fields: dict[str, str]
) -> None:
    """Without the player's additions the token is refused too."""
    good = "TOKEN-1"
    mixed = MIXED.format(url=upstream.url)
    bodies = {"/v.m3u8": mixed, "/list.json": '{"ASSETS":[]}', "/s.ts": "\0media"}

    def strict(request: web.Request) -> web.Response:
        fits = request.query["token"] == good
        kind = "video/mp2t" if request.path == "/s.ts" else M3U8
        text = bodies[request.path] if fits else "no"
        return web.Response(text=text, content_type=kind, status=200 if fits else 403)

    for each in bodies:
        upstream.asks(each, strict)
    async with built(
        f"{upstream.url}/v.m3u8",
        everything=True,
        client_data=True,
        passing=frozenset({"max"}),
    ) as one:
        text = await one.playlist()
        name = name or "common/" + text.partition("common/")[2].partition('"')[0]
        good, before = "TOKEN-2", len(upstream.asked)
        reply = await one.stream.open(name, ask(query, fields))
        if isinstance(reply, MediaReply):
            async with reply.answer as body:
                assert b"".join([chunk async for chunk in body.chunks()]) == b"\0media"
        assert len(upstream.asked) - before == 3
        sent = (upstream.asked[-1], upstream.headers[-1])
        assert query in sent[0]
        assert fields.items() <= sent[1].items()
    assert (one.tokens.refusals, path) == (1, upstream.asked[-1].partition("?")[0])


async def test_a_simple_range_is_not_suspected(upstream: Origin) -> None:
    """Players send ranges if playlists say so."""
    upstream.says("/v.m3u8", MEDIA)
    upstream.says("/s.ts", b"no", status=403)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        with pytest.raises(ChildRefusedError):
            await one.media("main/s.ts", Range="bytes=100-")
    assert upstream.count("/s.ts") <= 2
