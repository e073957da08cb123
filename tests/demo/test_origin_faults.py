"""Deliberate faults that look to a client like real ones."""

import random

import aiohttp
import pytest

from proxy.clock import SystemClock
from proxy.demo import origin_server
from proxy.demo.keys import KeyPair, fastpix_claims, sign
from proxy.demo.origin import OriginSettings
from proxy.demo.origin_faults import OriginFault


async def status_under(fault: OriginFault | None, pair: KeyPair) -> int:
    """Return the status of an answer, read to its end."""
    running = origin_server.running(
        OriginSettings(pair.public_pem),
        clock=SystemClock(),
        rng=random.Random(0),  # noqa: S311 - no secret
        faults=lambda: fault,
    )
    async with running as origin, aiohttp.ClientSession() as session:
        token = sign(pair, fastpix_claims("demo-vod"), expires_at=4e9)
        url = f"{origin.front_url}/demo-vod.m3u8?token={token}"
        async with session.get(url) as answer:
            await answer.read()
            return answer.status


async def test_without_a_fault_the_origin_answers(pair: KeyPair) -> None:
    """As usual."""
    assert await status_under(None, pair) == 200


async def test_unavailable_is_503(pair: KeyPair) -> None:
    """For any request."""
    assert await status_under(OriginFault.UNAVAILABLE, pair) == 503


async def test_a_reset_is_no_answer(pair: KeyPair) -> None:
    """The connection is gone before the head."""
    with pytest.raises(aiohttp.ClientConnectionError):
        await status_under(OriginFault.RESET, pair)


async def test_a_cut_body_is_shorter_than_it_says(pair: KeyPair) -> None:
    """Its length is announced, and half of it comes."""
    with pytest.raises(aiohttp.ClientPayloadError):
        await status_under(OriginFault.CUT, pair)
