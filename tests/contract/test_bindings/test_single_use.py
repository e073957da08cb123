"""Single-use tokens are sent once, and refusals cost few tokens."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import RefusedError
from tests.contract.test_bindings.recording import (
    LIVE,
    Decide,
    aborts,
    once,
    playlist,
    seen,
)
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.tokens.scripted import ScriptedSource


def faults() -> list[tuple[str, list[Decide]]]:
    """Return what may happen to a request before it succeeds."""
    moved = web.HTTPFound("/moved.m3u8")

    def answer(status: int, **headers: str) -> Decide:
        return lambda _: web.Response(status=status, headers=headers)

    return [
        ("nothing", []),
        ("a reset", [aborts]),
        ("two resets", [aborts, aborts]),
        ("503 and a reset", [answer(503), aborts]),
        ("refused", [answer(403)]),
        ("refused after a reset", [aborts, answer(401)]),
        ("a redirect", [lambda _: web.Response(status=302, headers=moved.headers)]),
        ("a redirect, then 503", [answer(302, Location="/moved.m3u8"), answer(503)]),
    ]


@pytest.mark.parametrize(("name", "before"), faults())
async def test_a_single_use_token_is_never_sent_twice(
    home: Origin, name: str, before: list[Decide]
) -> None:
    """Neither in a retry, nor after a redirect, nor in the second try."""
    script = iter(before)

    def decide(request: web.Request) -> web.Response:
        return next(script, lambda _: playlist())(request)

    home.asks("/v.m3u8", decide)
    home.asks("/moved.m3u8", decide)
    clock = FakeClock()
    source = ScriptedSource(clock)
    async with built(f"{home.url}/v.m3u8", keeper=once(source), clock=clock) as one:
        assert "s.ts" in await one.patiently(one.playlist()), name
    tokens = seen(home)
    assert set(tokens.values()) == {1}
    assert len(source.asked) == len(tokens)
    assert sum("moved" in asked and "token" in asked for asked in home.asked) == 0


async def test_two_loads_of_the_entry_never_share_a_single_use_token(
    home: Origin,
) -> None:
    """Each load has its own token, even if both run at the same time."""
    home.says("/v.m3u8", LIVE)
    clock = FakeClock()
    source = ScriptedSource(clock)
    passing = frozenset({"q"})
    async with built(
        f"{home.url}/v.m3u8", keeper=once(source), clock=clock, passing=passing
    ) as one:
        await asyncio.gather(*(one.playlist(query=f"q={n % 5}") for n in range(20)))
        for _ in range(3):
            await one.playlist()
    assert set(seen(home).values()) == {1}
    assert len(home.asked) == 8 == len(source.asked)


async def test_r10_a_lasting_refusal_causes_few_tokens(home: Origin) -> None:
    """For example a geo-block: the entry is refused at every player's request."""
    home.says("/v.m3u8", "no", status=403)
    clock = FakeClock()
    source = ScriptedSource(clock)
    async with built(f"{home.url}/v.m3u8", keeper=once(source), clock=clock) as one:
        for _ in range(60):
            with pytest.raises(RefusedError):
                await one.playlist()
            await clock.advance(1)
    assert set(seen(home).values()) == {1}
    assert len(source.asked) <= 60 + 3
