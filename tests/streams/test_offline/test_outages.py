"""Kept recordings play on while the upstream is away."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from proxy.core.tokens.token import KeptToken
from proxy.errors import (
    TokenUnavailableError,
)
from proxy.replies import MediaReply, PlaylistReply
from tests.fake_clock import FakeClock
from tests.streams.built import Built, Tokens, ask
from tests.streams.origin import Origin, origin
from tests.streams.test_offline.machine import DAY, FILES, Machine, plays, serving


def portal(_: web.Request) -> web.Response:
    """Answer like a hotel's login page."""
    text = "<!DOCTYPE html><html><title>Welcome</title></html>"
    return web.Response(text=text, content_type="text/html")


@pytest.mark.parametrize("how", ["gone", "503", "404", "portal", "silent"])
@pytest.mark.parametrize("restarted", [False, True])
async def test_caching_fields_are_respected_and_outages_bridged(
    machine: Machine,
    how: str,
    restarted: bool,  # noqa: FBT001 - both ways
) -> None:
    """While the upstream answers, it is asked once a minute; otherwise it plays on."""
    async with origin() as upstream:
        url = serving(upstream, control="max-age=60")
        async with machine.program(url) as one:
            await plays(one)
            await machine.clock.advance(50)
            await plays(one)
            assert upstream.count("/v.m3u8") == 1
            await machine.clock.advance(20)
            await plays(one)
            assert upstream.count("/v.m3u8") == upstream.count("/low.m3u8") == 2
            await machine.clock.advance(DAY)
            if not restarted and how != "gone":
                fail(upstream, how)
                await patiently_plays(one)
                return
        if how != "gone":
            fail(upstream, how)
            async with machine.program(url) as one:
                await patiently_plays(one)
            return
    async with machine.program(url) as one:
        await patiently_plays(one)


def fail(upstream: Origin, how: str) -> None:
    """Let the upstream fail in this way."""
    for path in ("/v.m3u8", "/low.m3u8"):
        if how == "portal":
            upstream.asks(path, portal)
        elif how == "silent":
            upstream.asks(path, hang)
        else:
            upstream.says(path, "", status=int(how))


async def hang(_: web.Request) -> web.Response:
    """Send nothing until the other side has left."""
    await asyncio.sleep(20)
    return web.Response()


async def patiently_plays(one: Built) -> None:
    """Require that it plays, and that a player never waits long."""
    rendition = ""
    for path in ("index.m3u8", "", *FILES):
        began = one.clock.mono()
        name = path if path == "index.m3u8" else rendition
        if path in FILES:
            name = f"{rendition.rpartition('/')[0]}/{path}"
        reply = await one.patiently(one.stream.open(name, ask()))
        assert one.clock.mono() - began <= 3
        if isinstance(reply, PlaylistReply) and not rendition:
            rendition = reply.body.decode().splitlines()[-1]
        if isinstance(reply, MediaReply):
            async with reply.answer as body:
                data = b"".join([chunk async for chunk in body.chunks()])
            assert data == FILES[path]


async def test_the_clock_of_a_machine_without_a_battery_may_go_back(
    tmp_path: Path,
) -> None:
    """It begins in 1970, and offline nothing sets it."""
    machine = Machine(tmp_path / "kept")
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
    machine.clock = FakeClock(wall=0.0)
    async with machine.program(url) as one:
        await plays(one)


async def test_stale_media_plays_while_the_upstream_is_away(
    machine: Machine,
) -> None:
    """Also after a restart; the upstream is not awaited for each segment."""
    async with origin() as upstream:
        url = serving(upstream)
        for name, data in FILES.items():
            upstream.says(f"/{name}", data, Cache_Control="max-age=60")
        async with machine.program(url) as one:
            await plays(one)
    await machine.clock.advance(DAY)
    async with machine.program(url) as one:
        rendition = (await one.playlist()).splitlines()[-1]
        folder, began = rendition.rpartition("/")[0], one.clock.mono()
        for name, data in FILES.items():
            reply = await one.patiently(one.stream.open(f"{folder}/{name}", ask()))
            assert isinstance(reply, MediaReply)
            async with reply.answer as body:
                assert b"".join([chunk async for chunk in body.chunks()]) == data
            assert reply.cache is not None
            assert reply.cache.detail == "stale"
        assert one.clock.mono() - began <= 3


async def test_stale_media_is_requested_again_if_the_upstream_answers(
    machine: Machine, upstream: Origin
) -> None:
    """The recording goes on."""
    url = serving(upstream)
    for name, data in FILES.items():
        upstream.says(f"/{name}", data, Cache_Control="max-age=60")
    async with machine.program(url) as one:
        await plays(one)
    await machine.clock.advance(DAY)
    async with machine.program(url) as one:
        await plays(one)
    assert upstream.count("/s1.mp4") == 2


async def test_a_token_service_that_is_away_is_an_outage(machine: Machine) -> None:
    """It is behind the same line."""

    class Away(Tokens):
        async def token(self) -> KeptToken:
            raise TokenUnavailableError("the service is away", retry_after=1.0)

    async with origin() as upstream:
        url = serving(upstream, control="max-age=60")
        async with machine.program(url) as one:
            await plays(one)
        await machine.clock.advance(DAY)
        async with machine.program(url, keeper=Away()) as one:
            await patiently_plays(one)
