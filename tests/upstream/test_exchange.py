"""One request over a session's connections, as a server sees it."""

import asyncio

import aiohttp
import pytest
from yarl import URL

from proxy.upstream.exchange import exchanged
from proxy.upstream.heads import CheckedResponse
from tests.raw_origin import End, RawOrigin, Reply, answer, redirect


async def asked(
    session: aiohttp.ClientSession,
    origin: RawOrigin,
    method: str = "GET",
    *,
    read: float = 5,
) -> aiohttp.ClientResponse:
    """Ask the origin once."""
    request = aiohttp.ClientRequest(
        method,
        URL(origin.url()),
        loop=asyncio.get_running_loop(),
        response_class=CheckedResponse,
        session=session,
    )
    limits = aiohttp.ClientTimeout(total=None, connect=5)
    return await exchanged(request, session, limits, asyncio.timeout(read))


async def test_a_connection_is_used_again() -> None:
    """Once the body was read, as by aiohttp's own session; of HEAD there is none."""
    async with RawOrigin(answer(b"ok")) as origin, aiohttp.ClientSession() as session:
        for _ in range(2):
            response = await asked(session, origin)
            assert (response.status, await response.read()) == (200, b"ok")
    assert [heard.connection for heard in origin.heard] == [1, 1]


async def test_head_has_no_body() -> None:
    """Whatever length it tells: the connection is free at once."""
    told = Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    async with RawOrigin(told) as origin, aiohttp.ClientSession() as session:
        for _ in range(2):
            response = await asked(session, origin, "HEAD")
            assert await response.read() == b""
    assert [heard.connection for heard in origin.heard] == [1, 1]


async def test_nothing_is_decoded_and_nothing_is_followed() -> None:
    """Who asks decides about both."""
    coded = answer(b"no gzip", "Content-Encoding: gzip")
    origin = RawOrigin(coded, redirect("/elsewhere"))
    async with origin, aiohttp.ClientSession() as session:
        assert await (await asked(session, origin)).read() == b"no gzip"
        response = await asked(session, origin)
        assert response.status == 302
        await response.read()
    assert len(origin.heard) == 2


@pytest.mark.parametrize("end", [End.FIN, End.RST])
async def test_a_connection_that_dies_is_not_asked_again(end: End) -> None:
    """A second try is for those to decide who know whose turn it is."""
    async with RawOrigin(Reply(b"", end)) as origin, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked(session, origin)
        assert len(origin.heard) == 1


async def test_silence_has_an_end() -> None:
    """And its connection is not used again."""
    silent = Reply(b"", End.HANG)
    origin = RawOrigin(silent, answer(b"ok"))
    async with origin, aiohttp.ClientSession() as session:
        with pytest.raises(TimeoutError):
            await asked(session, origin, read=0.05)
        response = await asked(session, origin)
        assert await response.read() == b"ok"
    assert [heard.connection for heard in origin.heard] == [1, 2]


async def test_a_closed_session_sends_nothing() -> None:
    """It is a failure like any other of the connection."""
    async with RawOrigin(answer(b"ok")) as origin:
        session = aiohttp.ClientSession()
        await session.close()
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked(session, origin)
    assert not origin.heard
