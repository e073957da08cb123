"""What is not fetched ahead, and how much is."""

import pytest

from proxy.core.hls.names import Marks
from proxy.errors import HlsAuthProxyError
from proxy.sharing.keys import Keys
from proxy.streams.prefetcher import QUIET_SECONDS, REST_SECONDS
from tests.streams.built import Built
from tests.streams.origin import Origin
from tests.streams.storing import counts
from tests.streams.test_prefetcher.playing import (
    BODY,
    fetched,
    playing,
    plays,
    quiet,
)


def drop(one: Built, path: str) -> None:
    """Drop a segment from the store."""
    blueprint, resource = one.blueprint, one.catalog.find(path)
    steady = Marks().steady
    keys = Keys(blueprint.local, "", one.uses, steady=steady, clock=one.clock)
    assert resource is not None
    assert blueprint.fills is not None
    named = keys.of(path, resource)
    assert named is not None
    assert blueprint.fills.store.find(named.key) is not None
    blueprint.fills.store.remove(named.key)


@pytest.mark.parametrize("status", [429, 503])
async def test_an_upstream_that_asks_to_wait_is_left_alone(
    upstream: Origin, status: int
) -> None:
    """As long as it says; a player's own request goes there all the same."""
    async with playing(upstream) as one:
        upstream.says("/s1.ts", b"", status=status, Retry_After="60")
        await plays(one, 0)
        assert fetched(upstream) == [0, 1]
        upstream.says("/s1.ts", BODY)
        await plays(one, 1)
        await one.clock.advance(59)
        await plays(one, 2)
        assert fetched(upstream) == [0, 1, 1, 2]
        await one.clock.advance(2)
        await plays(one, 3)
        assert fetched(upstream) == [0, 1, 1, 2, 3, 4, 5]


async def test_after_a_failure_it_rests(upstream: Origin) -> None:
    """Also after one of a player's own request."""
    async with playing(upstream) as one:
        upstream.says("/s5.ts", b"", status=404)
        with pytest.raises(HlsAuthProxyError):
            await one.patiently(one.media("main/s5.ts"))
        await plays(one, 0)
        assert 1 not in fetched(upstream)
        await one.clock.advance(REST_SECONDS)
        await plays(one, 1)
        assert fetched(upstream)[-2:] == [2, 3]


async def test_what_follows_a_segment_is_looked_for_once_a_second(
    upstream: Origin,
) -> None:
    """Hundreds of players may request it, and nearly always nothing is missing."""
    async with playing(upstream) as one:
        await plays(one, 0, 1, 2, 3, 1, 2, 3)
        assert fetched(upstream) == [0, 1, 2, 3, 4, 5]
        drop(one, "main/s5.ts")
        await plays(one, 8, 3)
        assert fetched(upstream)[6:] == [8, 9]
        await plays(one, 7)
        await one.clock.advance(QUIET_SECONDS + 0.1)
        await plays(one, 3)
        assert fetched(upstream)[8:] == [7, 5]


async def test_a_head_request_is_not_played(upstream: Origin) -> None:
    """Nor is a part of a segment."""
    async with playing(upstream) as one:
        await one.media("main/s0.ts", Range="bytes=5-9")
        await quiet(one)
        assert counts(one).fetched_ahead == 0
