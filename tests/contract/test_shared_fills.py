"""Many players on one resource, over sockets and through the whole program."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import web

from tests.contract.whole import Whole, whole

MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXTINF:4,
s.ts
#EXT-X-ENDLIST
"""
PATH = "/lobby/main/s.ts"
BODY = bytes(range(256)) * 4096


async def raw(one: Whole, *paths: str) -> bytes:
    """Return all that comes over one connection for requests sent at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    for path in paths:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{one.port}\r\n\r\n"
        writer.write(head.encode())
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()


async def test_c1_50_players_cost_one_request(tmp_path: Path) -> None:
    """Each gets every byte; the numbers say so."""

    async def slowly(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(BODY))})
        response.content_type = "video/mp2t"
        await response.prepare(request)
        for start in range(0, len(BODY), 65_536):
            await asyncio.sleep(0.01)
            await response.write(BODY[start : start + 65_536])
        return response

    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", slowly)
        await one.get()
        got = await asyncio.gather(*(one.get(PATH) for _ in range(50)))
        assert {(each.status, each.body) for each in got} == {(200, BODY)}
        assert one.origin.count("/s.ts") == 1
        again = await one.get(PATH)
        assert again.headers["Cache-Status"] == "hls-auth-proxy; hit"
        assert again.headers["Age"] == "0"
        numbers = (await one.get("/metrics")).body.decode()
        state = (await one.get("/status.json")).body.decode()
    for outcome, count in (("hit", 1), ("miss", 1), ("join", 49)):
        labels = f'{{outcome="{outcome}",stream="lobby"}}'
        assert f"hls_auth_proxy_store_requests_total{labels} {count}.0" in numbers
    (saved,) = re.findall(r"store_saved_bytes_total\{.*\} (.*)", numbers)
    assert float(saved) == 50 * len(BODY)
    assert '"hit_ratio": 0.9804' in state
    assert '"entries": 1' in state


async def test_i10_after_a_broken_fill_nothing_follows(tmp_path: Path) -> None:
    """The second answer is never read as the rest of the first body."""

    async def short(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100000"})
        response.content_type = "video/mp2t"
        await response.prepare(request)
        await response.write(BODY[:50_000])
        assert request.transport is not None
        await asyncio.sleep(0.05)
        request.transport.abort()
        return response

    async with whole(tmp_path) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.asks("/s.ts", short)
        await one.get()
        for seen in await asyncio.gather(*(raw(one, PATH, "/livez") for _ in "abc")):
            head, _, body = seen.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"Content-Length: 100000" in head
            assert body == BODY[:50_000]
        one.origin.says("/s.ts", BODY)
        assert (await one.get(PATH)).body == BODY


@pytest.mark.parametrize(
    ("stream", "settings"),
    [("", {"store": "memory_bytes = 0"}), ("store = { keep = false }", {})],
)
async def test_without_a_store_every_request_goes_upstream(
    tmp_path: Path, stream: str, settings: dict[str, str]
) -> None:
    """For the whole program, or for one stream."""
    async with whole(tmp_path, stream=stream, settings=settings) as one:
        one.origin.says("/v.m3u8", MEDIA)
        one.origin.says("/s.ts", BODY)
        await one.get()
        for _ in range(3):
            assert (await one.get(PATH)).body == BODY
        assert one.origin.count("/s.ts") == 3
