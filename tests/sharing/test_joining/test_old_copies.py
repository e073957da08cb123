"""Old copies are revalidated, and bridge faults of the upstream."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.tokens.token import KeptToken
from proxy.errors import StatusError, TokenUnavailableError
from tests.sharing.test_joining.ranged import BODY, ranged
from tests.streams.built import Built, Tokens, built
from tests.streams.origin import Decide, Origin
from tests.streams.storing import (
    VOD,
    cache,
    counts,
    opened,
    read,
    store,
    until,
)


async def expired(one: Built, upstream: Origin, answer: Decide) -> None:
    """Keep a segment that is fresh for a minute, and let two pass."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", answer)
    await one.playlist()
    await one.media("main/s.ts")
    await one.clock.advance(120)


async def test_a_stale_resource_is_revalidated(upstream: Origin) -> None:
    """A 304 makes it fresh again, for all who wait."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        got = await asyncio.gather(*(one.media("main/s.ts") for _ in range(5)))
        assert got == [(200, BODY)] * 5
        assert upstream.headers[-1]["If-None-Match"] == '"a"'
        hit = await opened(one, "main/s.ts")
        assert (cache(hit), hit.age) == ("hit", 0)
        await read(hit)
    assert upstream.count("/s.ts") == 2


async def test_a_stale_resource_that_has_changed_is_replaced(upstream: Origin) -> None:
    """The new one is served and kept."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.asks("/s.ts", ranged(BODY[::-1], '"b"', Cache_Control="max-age=60"))
        for _ in range(2):
            assert await one.media("main/s.ts") == (200, BODY[::-1])
    assert upstream.count("/s.ts") == 2


@pytest.mark.parametrize(
    "said",
    ["max-age=60, must-revalidate", "s-maxage=60", "max-age=60,proxy-revalidate"],
)
async def test_c6_a_stale_resource_is_not_served_if_the_upstream_forbids_it(
    upstream: Origin, said: str
) -> None:
    """RFC 9111 section 4.2.4. The player gets the failure."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control=said))
        upstream.says("/s.ts", b"", status=500)
        with pytest.raises(StatusError):
            await one.media("main/s.ts")
        assert counts(one).stale == 0


@pytest.mark.parametrize("status", [500, 503])
async def test_c6_a_stale_resource_is_served_if_the_upstream_fails(
    upstream: Origin, status: int
) -> None:
    """At once, and for some seconds without another request."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.says("/s.ts", b"", status=status)
        for _ in range(3):
            reply = await opened(one, "main/s.ts")
            assert (cache(reply), reply.age) == ("hit; ttl=-60; detail=stale", 120)
            assert await read(reply) == BODY
        asked = upstream.count("/s.ts")
        assert asked <= 3
        assert counts(one).stale == 3
        await one.clock.advance(6)
        await one.media("main/s.ts")
    assert upstream.count("/s.ts") > asked


async def test_c6_a_silent_upstream_does_not_delay_a_kept_resource(
    upstream: Origin,
) -> None:
    """After two seconds the old copy is served."""
    gate = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.asks("/s.ts", silent)
        asked = asyncio.create_task(one.media("main/s.ts"))
        await until(lambda: upstream.count("/s.ts") == 2)
        await one.clock.advance(2)
        assert await asked == (200, BODY)
        gate.set()


async def test_c6_a_404_is_not_a_fault(upstream: Origin) -> None:
    """A resource that the upstream has removed is not served."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.says("/s.ts", b"", status=404)
        with pytest.raises(StatusError):
            await one.media("main/s.ts")


class Faded(Tokens):
    """A keeper whose token service is down when a test says so."""

    down = False

    async def token(self) -> KeptToken:
        """Return the token, or fail."""
        if self.down:
            raise TokenUnavailableError("the service is down", retry_after=1)
        return await super().token()


async def test_r4_a_kept_resource_needs_no_token(upstream: Origin) -> None:
    """Fresh or stale; only fetching fails."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/t.ts", BODY)
    upstream.asks("/s.ts", ranged(Cache_Control="max-age=60"))
    tokens = Faded()
    async with built(
        f"{upstream.url}/v.m3u8", store=store(), everything=True, keeper=tokens
    ) as one:
        await one.playlist()
        await one.media("main/s.ts")
        tokens.down = True
        for _ in range(2):
            assert await one.media("main/s.ts") == (200, BODY)
            await one.clock.advance(120)
        assert (counts(one).hits, counts(one).stale) == (1, 1)
        with pytest.raises(TokenUnavailableError):
            await one.media("main/t.ts")
    assert upstream.count("/s.ts") == 1
