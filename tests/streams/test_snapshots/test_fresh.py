"""A fresh playlist answers further requests."""

import asyncio

import pytest

from proxy.errors import StatusError
from proxy.replies import PlayerAsk, PlaylistReply
from tests.streams.built import ask, built
from tests.streams.origin import Origin
from tests.streams.test_snapshots.playlists import KEPT, LIVE, reply, said


async def test_equal_requests_are_answered_for_half_a_target_duration(
    upstream: Origin,
) -> None:
    """Then the next one is sent upstream again."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        first = await reply(one)
        await one.clock.advance(2.9)
        again = await reply(one)
        assert upstream.count("/v.m3u8") == 1
        await one.clock.advance(0.2)
        newer = await reply(one)
    assert upstream.count("/v.m3u8") == 2
    assert first.body == again.body == newer.body
    assert (first.age, again.age, newer.age) == (None, 2, None)
    assert first.forms is again.forms
    assert [said(each) for each in (first, again, newer)] == [
        "fwd=uri-miss; stored",
        "hit; ttl=0",
        "fwd=stale; stored",
    ]


async def test_a_fresh_playlist_is_at_hand(upstream: Origin) -> None:
    """Without waiting; one that must be requested or awaited is not."""
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        assert one.stream.at_hand("index.m3u8", ask()) is None
        first = await reply(one)
        kept = one.stream.at_hand("index.m3u8", ask())
        assert isinstance(kept, PlaylistReply)
        assert (kept.body, said(kept)) == (first.body, "hit; ttl=3")
        for path, query in (
            ("index.m3u8", "_HLS_msn=9"),
            ("main/s1.ts", ""),
            ("main/none.ts", ""),
            ("other/index.m3u8", ""),
        ):
            assert one.stream.at_hand(path, PlayerAsk("GET", query, {}, "")) is None
        await one.clock.advance(3.1)
        assert one.stream.at_hand("index.m3u8", ask()) is None
    assert upstream.count("/v.m3u8") == 1


async def test_a_playlist_that_may_not_be_kept_is_not_called_stored(
    upstream: Origin,
) -> None:
    """Nor one for which the store has no room."""
    upstream.says("/v.m3u8", LIVE, Cache_Control="no-store")
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        assert [said(await reply(one)) for _ in range(2)] == ["fwd=uri-miss"] * 2
    upstream.says("/v.m3u8", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=10) as one:
        assert [said(await reply(one)) for _ in range(2)] == ["fwd=uri-miss"] * 2


async def test_the_ttl_is_the_remaining_freshness(upstream: Origin) -> None:
    """In whole seconds."""
    upstream.says("/v.m3u8", LIVE + "#EXT-X-ENDLIST\n", Cache_Control="max-age=60")
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        await one.clock.advance(12.5)
        assert said(await reply(one)) == "hit; ttl=47"


@pytest.mark.parametrize(
    ("control", "shared"),
    [("max-age=2", True), ("no-store", False), ("private", False), ("no-cache", False)],
)
async def test_the_upstream_decides_whether_a_playlist_is_shared(
    upstream: Origin, control: str, *, shared: bool
) -> None:
    """Before any rule of ours."""
    upstream.says("/v.m3u8", LIVE, Cache_Control=control)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        await reply(one)
    assert upstream.count("/v.m3u8") == (1 if shared else 2)


async def test_a_blocking_reload_is_never_answered_from_a_snapshot(
    upstream: Origin,
) -> None:
    """It waits for something new; only those who also wait share its answer."""
    upstream.says("/v.m3u8", LIVE, Cache_Control="max-age=6")
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        for _ in range(2):
            await asyncio.gather(*(reply(one, query="_HLS_msn=9") for _ in range(5)))
        assert upstream.count("/v.m3u8") == 3
        await reply(one)
        upstream.says("/v.m3u8", "no", status=500)
        with pytest.raises(StatusError):
            await one.patiently(reply(one, query="_HLS_msn=9"))
    assert upstream.count("/v.m3u8") > 4


async def test_a_segment_that_is_a_playlist_is_kept_as_one(upstream: Origin) -> None:
    """It is not checked twice each time."""
    upstream.says("/v.m3u8", LIVE)
    upstream.says("/s1.ts", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        for _ in range(3):
            await reply(one, "main/s1.ts")
    assert upstream.count("/s1.ts") == 2
