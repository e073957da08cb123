"""Streams are added, removed and changed while players play."""

import asyncio

import pytest
from aiohttp import web

from tests.contract.test_reloads.scene import LIVE, Run, stream
from tests.streams.origin import Origin


async def test_a_stream_plays_as_soon_as_it_is_in_the_file(
    run: Run, upstream: Origin
) -> None:
    """A removed one does not, and a changed one gets another token."""
    for path in ("/a.m3u8", "/b.m3u8", "/c.m3u8"):
        upstream.says(path, LIVE)
    url = upstream.url
    async with run(stream("a", url) + stream("b", url)) as scene:
        assert (await scene.get("/c/index.m3u8"))[0] == 404
        assert (await scene.get("/a/index.m3u8"))[0] == 200
        scene.put(stream("b", url, "U") + stream("c", url))
        await scene.shows("applied")
        statuses = [(await scene.get(f"/{name}/index.m3u8"))[0] for name in "abc"]
    assert statuses == [404, 200, 200]
    assert upstream.asked == ["/a.m3u8?t=T", "/b.m3u8?t=U", "/c.m3u8?t=T"]


async def test_an_unchanged_stream_keeps_its_playlists(
    run: Run, upstream: Origin
) -> None:
    """No upstream request is made for it."""
    upstream.says("/a.m3u8", LIVE + "#EXT-X-ENDLIST\n")
    async with run(stream("a", upstream.url)) as scene:
        await scene.get("/a/index.m3u8")
        scene.put(stream("a", upstream.url) + stream("b", upstream.url))
        await scene.shows("applied")
        assert (await scene.get("/a/index.m3u8"))[0] == 200
    assert upstream.asked == ["/a.m3u8?t=T"]


@pytest.mark.parametrize("removed", [True, False])
async def test_a_transfer_in_progress_is_finished(
    run: Run,
    upstream: Origin,
    removed: bool,  # noqa: FBT001 - or changed
) -> None:
    """Whatever happens to its stream meanwhile."""
    go = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp2t"})
        await answer.prepare(request)
        await answer.write(b"\0" * 70_000)
        await go.wait()
        await answer.write(b"\1" * 70_000)
        return answer

    upstream.says("/a.m3u8", LIVE)
    upstream.asks("/s1.ts", slow)
    other = stream("b", upstream.url)
    async with run(stream("a", upstream.url) + other) as scene:
        await scene.get("/a/index.m3u8")
        url = f"{scene.program.base_url}/a/main/s1.ts"
        async with scene.session.get(url) as answer:
            await answer.content.readexactly(1000)
            scene.put(other if removed else stream("a", upstream.url, "U") + other)
            await scene.shows("applied")
            status, _ = await scene.get("/a/index.m3u8")
            assert status == (404 if removed else 200)
            go.set()
            assert len(await answer.read()) == 140_000 - 1000
