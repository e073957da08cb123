"""Tests of listening, serving and stopping."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from aiohttp import http_parser

from proxy.core.http.framing import Framing
from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.metrics import Metrics
from proxy.replies import MediaReply, PlaylistReply
from proxy.web.protocol import Limits
from proxy.web.server import require_c_parser
from tests.web.fakes import FakeBody, app, ask, connected, cuts, lobby, served_at, until

SEGMENT = "GET /lobby/main/seg1.ts HTTP/1.1\r\nHost: localhost:%d\r\n\r\n"
LOOPBACK = Address("127.0.0.1", 0)


class Gated(FakeBody):
    """A body whose second half comes when a test says so."""

    def __init__(self) -> None:
        super().__init__(b"half", b"half")
        self.gate = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield both halves."""
        yield b"half"
        await self.gate.wait()
        yield b"half"


async def test_c7_running_segments_finish_while_nothing_new_begins() -> None:
    """An idle connection does not delay the end."""
    body = Gated()
    site = app(lobby(segment=MediaReply(200, (), body)))
    async with AsyncExitStack() as players:
        async with served_at(site, [LOOPBACK]) as (bound,):
            await players.enter_async_context(connected(bound.port))
            reader, writer = await players.enter_async_context(connected(bound.port))
            writer.write((SEGMENT % bound.port).encode())
            await reader.readuntil(b"half")
            asyncio.get_running_loop().call_later(0.2, body.gate.set)
        assert await reader.read() == b"half"
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(bound.host, bound.port)


async def test_c7_a_segment_has_the_whole_time_to_finish() -> None:
    """Aiohttp waits twice, half of it each time; the second wait interrupts nothing."""
    body = Gated()
    site = app(lobby(segment=MediaReply(200, (), body)))
    async with AsyncExitStack() as players:
        site.site = replace(site.site, limits=Limits(drain_seconds=1.0))
        async with served_at(site, [LOOPBACK]) as (bound,):
            reader, writer = await players.enter_async_context(connected(bound.port))
            writer.write((SEGMENT % bound.port).encode())
            await reader.readuntil(b"half")
            asyncio.get_running_loop().call_later(0.8, body.gate.set)
        assert await reader.read() == b"half"


@pytest.mark.parametrize(
    ("seconds", "least", "most"), [(0.4, 0.35, 0.7), (0.0, 0.0, 0.3)]
)
async def test_c7_answers_that_do_not_finish_in_time_are_cut_off(
    seconds: float, least: float, most: float
) -> None:
    """The total time to stop is limited, and the player notices the interruption."""
    metrics = Metrics("0")
    body = FakeBody(b"half", framing=Framing.CHUNKED, endless=True)
    site = app(lobby(segment=MediaReply(200, (), body)), metrics=metrics)
    loop = asyncio.get_running_loop()
    site.site = replace(site.site, limits=Limits(drain_seconds=seconds))
    async with served_at(site, [LOOPBACK]) as (bound,):
        reader, writer = await asyncio.open_connection(bound.host, bound.port)
        writer.write((SEGMENT % bound.port).encode())
        await reader.readuntil(b"half")
        began = loop.time()
    took = loop.time() - began

    assert least < took < most
    assert b"0\r\n\r\n" not in await reader.read()
    await until(lambda: cuts(metrics))
    assert cuts(metrics) == {"shutdown": 1}
    writer.transport.abort()


async def test_not_ready_while_draining() -> None:
    """A readiness request during that time says so."""
    site = app(lobby(entry=PlaylistReply(b"#EXTM3U\n")))
    async with served_at(site, [LOOPBACK]) as (bound,):
        assert (await ask(bound.port, "/readyz")).status == 200
        site.drain()
        assert (await ask(bound.port, "/readyz")).status == 503
        assert (await ask(bound.port, "/livez")).status == 200


def test_s14_the_parser_in_python_is_refused() -> None:
    """The one in C is used."""
    require_c_parser()
    with pytest.raises(StartError, match="no C parser"):
        require_c_parser(http_parser.HttpRequestParserPy)
