"""One request over a connection, as a server sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.upstream.exchange import Received, exchanged
from proxy.upstream.faults import NoHttpError
from proxy.upstream.pools import Pools
from tests.raw_origin import End, RawOrigin, Reply, answer, redirect

LIMITS = aiohttp.ClientTimeout(total=None, connect=5)


@asynccontextmanager
async def opened(origin: RawOrigin) -> AsyncIterator[Pools]:
    """Keep connections to the origin while the block lasts."""
    pools = Pools(AddressPolicy(frozenset({uri.origin(origin.url())})))
    try:
        yield pools
    finally:
        await pools.close()


async def asked(
    pools: Pools, origin: RawOrigin, method: str = "GET", *, read: float = 5
) -> Received:
    """Send one request to the origin."""
    lease = pools.lease(origin.url())
    request = f"{method} / HTTP/1.1\r\nHost: {lease.host}\r\n\r\n".encode()
    connection = await lease.connect(LIMITS)
    try:
        return await exchanged(
            connection, request, asyncio.timeout(read), bodiless=method == "HEAD"
        )
    except BaseException:
        connection.close()
        raise


async def test_a_connection_is_reused() -> None:
    """After the body was read, as in aiohttp's own session; HEAD has none."""
    async with RawOrigin(answer(b"ok")) as origin, opened(origin) as pools:
        for _ in range(2):
            response = await asked(pools, origin)
            assert (response.status, await response.content.read()) == (200, b"ok")
    assert [heard.connection for heard in origin.heard] == [1, 1]


async def test_head_has_no_body() -> None:
    """Whatever length it declares: the connection is free at once."""
    told = Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    async with RawOrigin(told) as origin, opened(origin) as pools:
        for _ in range(2):
            response = await asked(pools, origin, "HEAD")
            assert await response.content.read() == b""
    assert [heard.connection for heard in origin.heard] == [1, 1]


async def test_nothing_is_decoded_and_no_redirect_followed() -> None:
    """The caller decides about both."""
    coded = answer(b"no gzip", "Content-Encoding: gzip")
    origin = RawOrigin(coded, redirect("/elsewhere"))
    async with origin, opened(origin) as pools:
        assert await (await asked(pools, origin)).content.read() == b"no gzip"
        response = await asked(pools, origin)
        assert response.status == 302
        await response.content.read()
    assert len(origin.heard) == 2


@pytest.mark.parametrize("end", [End.FIN, End.RST])
async def test_a_connection_that_dies_is_not_retried(end: End) -> None:
    """The caller decides about a second try."""
    async with RawOrigin(Reply(b"", end)) as origin, opened(origin) as pools:
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked(pools, origin)
        assert len(origin.heard) == 1


async def test_silence_is_limited() -> None:
    """The silent connection is not used again."""
    silent = Reply(b"", End.HANG)
    origin = RawOrigin(silent, answer(b"ok"))
    async with origin, opened(origin) as pools:
        with pytest.raises(TimeoutError):
            await asked(pools, origin, read=0.05)
        response = await asked(pools, origin)
        assert await response.content.read() == b"ok"
    assert [heard.connection for heard in origin.heard] == [1, 2]


async def test_a_closed_pool_sends_nothing() -> None:
    """It fails like any connection."""
    async with RawOrigin(answer(b"ok")) as origin:
        async with opened(origin) as pools:
            lease = pools.lease(origin.url())
        with pytest.raises(aiohttp.ClientConnectionError):
            await lease.connect(LIMITS)
    assert not origin.heard


async def test_a_connection_that_ended_before_sends_nothing() -> None:
    """Nobody would see the answer."""
    async with RawOrigin(answer(b"ok")) as origin, opened(origin) as pools:
        connection = await pools.lease(origin.url()).connect(LIMITS)
        assert connection.transport is not None
        connection.transport.close()
        with pytest.raises(aiohttp.ClientConnectionError):
            await exchanged(
                connection,
                b"GET / HTTP/1.1\r\n\r\n",
                asyncio.timeout(5),
                bodiless=False,
            )
        connection.close()
    assert not origin.heard


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\n"]
)
async def test_interim_answers_are_skipped(interim: bytes) -> None:
    """RFC 9110 section 15.2: there may be several before the final one."""
    told = Reply(2 * interim + answer(b"ok").data)
    async with RawOrigin(told) as origin, opened(origin) as pools:
        response = await asked(pools, origin)
        assert (response.status, await response.content.read()) == (200, b"ok")


async def test_an_answer_that_is_not_http_is_an_error() -> None:
    """The error does not contain its text, which may repeat secrets."""
    async with (
        RawOrigin(Reply(b"220 ready t0k3n\r\n")) as origin,
        opened(origin) as pools,
    ):
        with pytest.raises(NoHttpError) as caught:
            await asked(pools, origin)
    assert "t0k3n" not in str(caught.value)


async def test_closing_a_body_ends_its_connection_and_its_reader() -> None:
    """A waiting reader gets an error at once."""
    begun = Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nme", End.HANG)
    async with RawOrigin(begun, answer(b"ok")) as origin, opened(origin) as pools:
        response = await asked(pools, origin)
        assert await response.content.readany() == b"me"
        reading = asyncio.create_task(response.content.readany())
        await asyncio.sleep(0)
        response.close()
        with pytest.raises(aiohttp.ClientConnectionError):
            await reading
        await asked(pools, origin)
    assert [heard.connection for heard in origin.heard] == [1, 2]


async def test_an_unexpected_answer_is_ignored() -> None:
    """It came over a kept connection, which is not used again."""
    origin = RawOrigin(answer(b"one"), answer(b"two"))
    async with origin, opened(origin) as pools:
        assert await (await asked(pools, origin)).content.read() == b"one"
        origin.writers[1].write(answer(b"planted").data)
        await asyncio.sleep(0.05)
        with pytest.raises(aiohttp.ClientConnectionError):
            await asked(pools, origin)
        assert await (await asked(pools, origin)).content.read() == b"two"
    assert [heard.connection for heard in origin.heard] == [1, 2]
