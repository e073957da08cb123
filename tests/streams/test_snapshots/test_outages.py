"""The last good playlist bridges short faults of the upstream."""

import pytest

from proxy.errors import RefusedError, StatusError
from tests.streams.built import ask, built
from tests.streams.origin import Origin
from tests.streams.test_snapshots.playlists import KEPT, LADDER, LIVE, reply, said


@pytest.mark.parametrize("status", [500, 503, 404])
async def test_c6_a_short_fault_is_bridged_with_the_last_good_playlist(
    upstream: Origin, status: int
) -> None:
    """Within 1.5 target durations since its request, and not a moment longer."""
    upstream.says("/v.m3u8", LADDER)
    upstream.says("/low.m3u8", LIVE)
    path = "1k/index.m3u8"
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        good = await reply(one, path)
        upstream.says("/low.m3u8", "no", status=status, Retry_After="1")
        await one.clock.advance(8.9)
        bridged = await reply(one, path)
        assert (bridged.body, bridged.age) == (good.body, 8)
        assert said(bridged) == "fwd=stale; detail=upstream-failed"
        assert upstream.count("/low.m3u8") == 2
        await one.clock.advance(0.1)
        with pytest.raises(StatusError):
            await one.patiently(reply(one, path))


async def test_during_a_fault_the_upstream_gets_one_request_a_second(
    upstream: Origin,
) -> None:
    """However many players ask, none of them waits for another failure."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        upstream.says("/v.m3u8", "no", status=500)
        await one.clock.advance(4)
        for _ in range(20):
            await reply(one)
        assert upstream.count("/v.m3u8") == 2
        await one.clock.advance(1)
        upstream.says("/v.m3u8", LIVE + "#EXTINF:6,\ns2.ts\n")
        assert b"s2.ts" in (await reply(one)).body


async def test_an_entry_that_vanishes_for_a_moment_is_bridged(upstream: Origin) -> None:
    """A live stream that has begun does not wait as if it had not."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        upstream.says("/v.m3u8", "gone", status=404)
        await one.clock.advance(5)
        assert (await reply(one)).age == 5


async def test_a_refusal_is_not_bridged(upstream: Origin) -> None:
    """A player that may no longer see it does not see it."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        upstream.says("/v.m3u8", "no", status=403)
        await one.clock.advance(4)
        with pytest.raises(RefusedError):
            await reply(one)


async def test_a_renewed_playlist_is_no_longer_used(upstream: Origin) -> None:
    """URLs behind its names were refused: the next player gets the newer one."""
    upstream.says("/v.m3u8", LADDER)
    upstream.says("/low.m3u8", LIVE, Cache_Control="max-age=9")
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        await reply(one, "1k/index.m3u8")
        upstream.says("/s1.ts", "no", status=403)
        with pytest.raises(RefusedError):
            await one.stream.open("1k/s1.ts", ask())
        await reply(one, "1k/index.m3u8")
    assert upstream.count("/low.m3u8") == 3
