"""Sixty players at once: how many upstream requests they cause."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import HlsAuthProxyError, NameUnknownError, NotReadyError
from proxy.replies import PlaylistReply
from tests.streams.built import Built, ask, built
from tests.streams.origin import M3U8, Origin

PLAYERS = 60
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns.ts\n"


def players(query: str = "") -> list[tuple[str, dict[str, str]]]:
    """Return the header fields of each player."""
    return [
        (
            f"{query}CMCD=sid%3D{n}",
            {"Accept-Language": f"x-{n}", "X-Playback-Session-Id": f"{n}"},
        )
        for n in range(PLAYERS)
    ]


async def all_of_them(
    one: Built, path: str, query: str = "", *, apart: float = 0.0
) -> list[object]:
    """Return each player's answer; they come this many seconds `apart`."""

    async def get(query: str, fields: dict[str, str]) -> object:
        await one.clock.sleep(apart * int(fields["X-Playback-Session-Id"]))
        reply = await one.stream.open(path, ask(query, fields))
        return reply.body if isinstance(reply, PlaylistReply) else reply

    asking = asyncio.gather(
        *(get(*said) for said in players(query)), return_exceptions=True
    )
    return await one.patiently(_all(asking), step=0.1)


async def _all(asking: "asyncio.Future[list[object]]") -> list[object]:
    return await asking


@pytest.mark.parametrize("apart", [0.0, 0.05, 0.13])
@pytest.mark.parametrize("path", ["index.m3u8", "360p/index.m3u8", "main/s.ts"])
async def test_all_players_that_wait_for_a_start_share_one_poll(
    upstream: Origin,
    path: str,
    apart: float,
) -> None:
    """When each polled by itself, that made 356 requests in nine seconds."""
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=1 << 20) as one:
        begun = one.clock.mono()
        got = await all_of_them(one, path, apart=apart)
        seconds = one.clock.mono() - begun
    assert {type(each) for each in got} == {NotReadyError}
    assert seconds >= 7
    assert len(upstream.asked) <= seconds + 1


async def test_all_waiting_players_see_the_start(upstream: Origin) -> None:
    """When one poll finds it, all get it."""
    calls = 0

    def starts(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        started = calls > 4
        text = MEDIA if started else "no"
        return web.Response(
            text=text, content_type=M3U8, status=200 if started else 404
        )

    upstream.asks("/v.m3u8", starts)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=1 << 20) as one:
        got = await all_of_them(one, "index.m3u8")
    assert len(set(map(str, got))) == 1
    assert isinstance(got[0], bytes)
    assert calls <= 4 + 2


async def test_different_players_share_one_load(upstream: Origin) -> None:
    """Their languages, sessions and CMCD are not sent with the request."""
    upstream.says("/v.m3u8", MEDIA, Vary="Accept-Language", Cache_Control="max-age=2")
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=1 << 20) as one:
        got = await all_of_them(one, "index.m3u8", apart=0.01)
    assert len(set(map(str, got))) == 1
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1"]
    assert not {"Accept-Language", "X-Playback-Session-Id"} & set(upstream.headers[0])


@pytest.mark.parametrize("query", ["", "_HLS_x=1&", "max=1&"])
async def test_no_player_gets_the_refusal_of_another(
    upstream: Origin,
    query: str,
) -> None:
    """An attacker's long fields and odd queries only affect the attacker."""
    upstream.asks(
        "/v.m3u8",
        lambda request: web.Response(
            text=MEDIA,
            content_type=M3U8,
            status=403 if {*request.query} - {"token"} else 200,
        ),
    )
    long = {"Accept": "x" * 8000, "Accept-Language": "y" * 8000, "CMCD-Session": "z"}
    passing = frozenset({"max"})
    async with built(f"{upstream.url}/v.m3u8", passing=passing) as one:
        for n in range(40):
            before = len(upstream.asked)
            asked = f"{query}CMCD=x{n}" if query else "CMCD=x"
            evil = asyncio.create_task(one.stream.open("index.m3u8", ask(asked, long)))
            await asyncio.sleep(0)
            assert "s.ts" in await one.playlist()
            error = (await asyncio.gather(evil, return_exceptions=True))[0]
            assert isinstance(error, HlsAuthProxyError) == bool(query)
            assert len(upstream.asked) - before <= 3
    assert one.tokens.refusals == 0
    assert max(sum(map(len, fields.values())) for fields in upstream.headers) < 1000


async def test_requests_for_one_unknown_name_share_the_loads(upstream: Origin) -> None:
    """Once, sixty asset lists were requested in turn, for each player."""
    lists = "".join(
        f'#EXT-X-DATERANGE:ID="{n}",START-DATE="2026-01-01T00:00:00Z",'
        f'X-ASSET-LIST="{upstream.url}/list{n}.json"\n'
        for n in range(60)
    )
    upstream.says("/v.m3u8", MEDIA.replace("#EXTINF", f"{lists}#EXTINF"))
    for n in range(60):
        upstream.says(f"/list{n}.json", "no", status=404)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=1 << 20) as one:
        got = await all_of_them(one, "common/key-abcdefghij27.bin", apart=0.01)
    assert {type(error) for error in got} == {NameUnknownError}
    assert len(upstream.asked) <= 8 + 2
