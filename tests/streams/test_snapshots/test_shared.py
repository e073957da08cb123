"""Which requests get the same playlist."""

import asyncio
import re

from aiohttp import web

from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.test_snapshots.playlists import KEPT, LIVE, reply, said

ABSOLUTE = LIVE + '#EXT-X-DATERANGE:ID="a",X-ASSET-URI="ad.m3u8"\n'


async def test_only_forwarded_parameters_distinguish_requests(
    upstream: Origin,
) -> None:
    """A player's data about itself does not, nor does any other parameter."""
    upstream.says("/v.m3u8", LIVE)
    passing = frozenset({"max"})
    entry = f"{upstream.url}/v.m3u8"
    async with built(entry, snapshot_bytes=KEPT, passing=passing) as one:
        for query in ("", "max=1", "max=2", "_HLS_skip=YES"):
            await reply(one, query=query)
        assert len(upstream.asked) == 4
        for query in ("CMCD=bl%3D1", "max=1&CMCD=bl%3D2", "other=1", "max=2"):
            await reply(one, query=query)
    assert len(upstream.asked) == 4


async def test_absolute_references_are_shared_per_host_name(
    upstream: Origin,
) -> None:
    """Another host has another body; relative references are shared by all."""
    upstream.says("/v.m3u8", ABSOLUTE)
    one_base, other = "http://tv.lan:8080", "http://127.0.0.1:8080"
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        bodies = [
            (await reply(one, base=base)).body.decode()
            for base in (one_base, other, one_base, other)
        ]
        assert upstream.count("/v.m3u8") == 2
        upstream.says("/v.m3u8", LIVE)
        await one.clock.advance(6)
        for base in (one_base, other):
            await reply(one, base=base)
    assert upstream.count("/v.m3u8") == 3
    assert [re.findall('="(http://[^/]*)/', body)[0] for body in bodies] == [
        one_base,
        other,
    ] * 2


async def test_a_slow_load_does_not_bring_back_an_older_version(
    upstream: Origin,
) -> None:
    """Two players that use different names of ours load the same playlist."""
    held, number = asyncio.Event(), 10

    async def answer(_: web.Request) -> web.StreamResponse:
        text = f"{LIVE}#EXT-X-MEDIA-SEQUENCE:{number}\n"
        if number == 10:
            await held.wait()
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", answer)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        slow = asyncio.create_task(reply(one, base="http://one"))
        while not upstream.asked:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)
        await one.clock.advance(1)
        number = 11
        newer = await reply(one, base="http://two")
        held.set()
        late = await slow
        after = [await reply(one, base=f"http://{name}") for name in ("one", "two")]
    for each in (newer, late, *after):
        assert b"SEQUENCE:11" in each.body
    assert said(late) == "fwd=stale; detail=overtaken"


async def test_a_shared_load_contains_nothing_of_one_player(upstream: Origin) -> None:
    """Simultaneous requests get the same answer, whoever was first."""
    heads: list[str] = []

    async def slowly(request: web.Request) -> web.Response:
        heads.append(f"{request.headers} {request.query_string}")
        await asyncio.sleep(0.05)
        return web.Response(text=LIVE, headers={"Vary": "Accept-Language"})

    upstream.asks("/v.m3u8", slowly)
    players = [
        {"Accept-Language": "CANARY-de", "CMCD-Session": "CANARY" * 1000},
        {"X-Playback-Session-Id": "CANARY-2", "Accept": "text/CANARY"},
        {},
    ]
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        asking = [
            one.playlist("index.m3u8", "CMCD=CANARY" * bool(said), **said)
            for said in players
        ]
        bodies = await asyncio.gather(*asking)
        assert await one.playlist(**players[0]) == bodies[0]
    assert len(set(bodies)) == len(heads) == 1
    assert "CANARY" not in heads[0]
