"""Recently loaded playlists, used to answer requests."""

import asyncio
import re

import pytest
from aiohttp import web

from proxy.core.hls.playlist import Rewritten
from proxy.errors import RefusedError, StatusError
from proxy.localise.shelf import Shelf
from proxy.replies import PlayerAsk, PlaylistReply
from proxy.streams.loaded import Loaded
from proxy.streams.snapshots import Asked, Snapshots, SnapshotStore
from tests.fake_clock import FakeClock
from tests.streams.built import Built, ask, built
from tests.streams.origin import M3U8, Origin

KEPT = 1 << 20
LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\ns1.ts\n"
LADDER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n"
ABSOLUTE = LIVE + '#EXT-X-DATERANGE:ID="a",X-ASSET-URI="ad.m3u8"\n'


async def reply(
    one: Built, path: str = "index.m3u8", *, query: str = "", base: str = ""
) -> PlaylistReply:
    """Return a playlist with everything that the web layer learns about it."""
    asked = PlayerAsk("GET", query, {}, base or "http://127.0.0.1:8080")
    found = await one.stream.open(path, asked)
    assert isinstance(found, PlaylistReply)
    return found


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


def said(found: PlaylistReply) -> str:
    """Return what Cache-Status says, without our name."""
    assert found.cache is not None
    return found.cache.line.partition("; ")[2]


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


async def test_only_forwarded_parameters_distinguish_requests(
    upstream: Origin,
) -> None:
    """A player's data about itself does not, nor does any other parameter."""
    upstream.says("/v.m3u8", LIVE)
    passing = frozenset({"max"})
    entry = f"{upstream.url}/v.m3u8"
    async with built(entry, snapshot_bytes=KEPT, passing=passing) as one:
        for query in ("", "max=1", "max=2", "_HLS_skip=YES"):
            await reply(one, query=query)
        assert len(upstream.asked) == 4
        for query in ("CMCD=bl%3D1", "max=1&CMCD=bl%3D2", "other=1", "max=2"):
            await reply(one, query=query)
    assert len(upstream.asked) == 4


async def test_absolute_references_are_shared_per_host_name(
    upstream: Origin,
) -> None:
    """Another host has another body; relative references are shared by all."""
    upstream.says("/v.m3u8", ABSOLUTE)
    one_base, other = "http://tv.lan:8080", "http://127.0.0.1:8080"
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        bodies = [
            (await reply(one, base=base)).body.decode()
            for base in (one_base, other, one_base, other)
        ]
        assert upstream.count("/v.m3u8") == 2
        upstream.says("/v.m3u8", LIVE)
        await one.clock.advance(6)
        for base in (one_base, other):
            await reply(one, base=base)
    assert upstream.count("/v.m3u8") == 3
    assert [re.findall('="(http://[^/]*)/', body)[0] for body in bodies] == [
        one_base,
        other,
    ] * 2


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


async def test_a_segment_that_is_a_playlist_is_kept_as_one(upstream: Origin) -> None:
    """It is not checked twice each time."""
    upstream.says("/v.m3u8", LIVE)
    upstream.says("/s1.ts", LIVE)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        await reply(one)
        for _ in range(3):
            await reply(one, "main/s1.ts")
    assert upstream.count("/s1.ts") == 2


def loaded(size: int, at: float) -> Loaded:
    """Return a live playlist of this size."""
    body = b"#".ljust(size, b"x")
    return Loaded(body, (), Rewritten(body, target_duration=6.0), at)


def test_memory_is_limited_and_the_least_recently_used_is_dropped() -> None:
    """By bytes, over all streams."""
    clock, store = FakeClock(), SnapshotStore(100_000)
    one, other = (
        Snapshots(store, Shelf(name), clock=clock) for name in ("one", "other")
    )
    playlists = [(one, "a"), (other, "a"), (one, "b")]
    for stream, path in playlists:
        stream.keep(Asked(path), loaded(20_000, clock.mono()))
        assert one.fresh(Asked("a"))
    kept = [stream.fresh(Asked(path)) is not None for stream, path in playlists]
    assert kept == [True, False, True]
    one.keep(Asked("c"), loaded(60_000, clock.mono()))
    assert one.fresh(Asked("c")) is None
    assert one.fresh(Asked("b"))


async def test_a_slow_load_does_not_bring_back_an_older_version(
    upstream: Origin,
) -> None:
    """Two players that use different names of ours load the same playlist."""
    held, number = asyncio.Event(), 10

    async def answer(_: web.Request) -> web.StreamResponse:
        text = f"{LIVE}#EXT-X-MEDIA-SEQUENCE:{number}\n"
        if number == 10:
            await held.wait()
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", answer)
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        slow = asyncio.create_task(reply(one, base="http://one"))
        while not upstream.asked:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)
        await one.clock.advance(1)
        number = 11
        newer = await reply(one, base="http://two")
        held.set()
        late = await slow
        after = [await reply(one, base=f"http://{name}") for name in ("one", "two")]
    for each in (newer, late, *after):
        assert b"SEQUENCE:11" in each.body
    assert said(late) == "fwd=stale; detail=overtaken"


async def test_a_shared_load_contains_nothing_of_one_player(upstream: Origin) -> None:
    """Simultaneous requests get the same answer, whoever was first."""
    heads: list[str] = []

    async def slowly(request: web.Request) -> web.Response:
        heads.append(f"{request.headers} {request.query_string}")
        await asyncio.sleep(0.05)
        return web.Response(text=LIVE, headers={"Vary": "Accept-Language"})

    upstream.asks("/v.m3u8", slowly)
    players = [
        {"Accept-Language": "CANARY-de", "CMCD-Session": "CANARY" * 1000},
        {"X-Playback-Session-Id": "CANARY-2", "Accept": "text/CANARY"},
        {},
    ]
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        asking = [
            one.playlist("index.m3u8", "CMCD=CANARY" * bool(said), **said)
            for said in players
        ]
        bodies = await asyncio.gather(*asking)
        assert await one.playlist(**players[0]) == bodies[0]
    assert len(set(bodies)) == len(heads) == 1
    assert "CANARY" not in heads[0]


def test_snapshots_of_an_ended_stream_are_dropped() -> None:
    """Of all its presentations, but of no other stream."""
    store, clock = SnapshotStore(KEPT), FakeClock()
    for shelf in (Shelf("one"), Shelf("one"), Shelf("other")):
        one = Snapshots(store, shelf, clock=clock)
        one.keep(Asked("a"), loaded(100, clock.mono()))
    assert len(store.kept) == 3
    store.forget("one")
    assert [key.shelf.owner for key in store.kept] == ["other"]


def test_a_smaller_store_keeps_the_last_used_playlists() -> None:
    """A larger one keeps all; streams notice nothing else."""
    clock, store = FakeClock(), SnapshotStore(100_000)
    one = Snapshots(store, Shelf("one"), clock=clock)
    for path in "abc":
        one.keep(Asked(path), loaded(10_000, clock.mono()))
    assert one.fresh(Asked("a"))
    store.resize(50_000)
    assert [one.fresh(Asked(path)) is not None for path in "abc"] == [True, False, True]
    store.resize(100_000)
    one.keep(Asked("b"), loaded(10_000, clock.mono()))
    assert all(one.fresh(Asked(path)) for path in "abc")


async def test_a_snapshot_of_an_earlier_meaning_is_not_used(upstream: Origin) -> None:
    """An event has ended, and its entry leads to the next one now."""
    opened = 0

    def entry(_: web.Request) -> web.Response:
        nonlocal opened
        opened += 1
        text = LADDER.replace("low", f"{opened}/low")
        fields = {"Cache-Control": "no-store"}
        return web.Response(text=text, content_type=M3U8, headers=fields)

    upstream.asks("/v.m3u8", entry)
    upstream.says("/1/low.m3u8", LIVE)
    upstream.says("/2/low.m3u8", LIVE.replace("s1", "s2"))
    async with built(f"{upstream.url}/v.m3u8", snapshot_bytes=KEPT) as one:
        path = (await one.playlist()).splitlines()[-1]
        assert "s1" in await one.playlist(path)
        ended = f"{LIVE}#EXT-X-ENDLIST\n"
        upstream.says("/1/low.m3u8", ended, Cache_Control="max-age=3600")
        await one.clock.advance(4)
        assert "s1" in await one.playlist(path)
        await one.clock.advance(1)
        await one.playlist()
        assert "s2" in await one.playlist(path)


def test_any_number_of_playlists_can_be_kept() -> None:
    """Dropped ones are forgotten, and kept ones are found."""
    clock = FakeClock()
    kept = Snapshots(SnapshotStore(100_000), Shelf("one"), clock=clock)
    paths = [f"r{number}/index.m3u8" for number in range(3000)]
    for path in paths:
        kept.keep(Asked(path), loaded(500, clock.mono()))
    found = [path for path in paths if kept.fresh(Asked(path))]
    assert 10 < len(found) < 100
    assert found == paths[-len(found) :]
    assert len(kept._paths) <= 1001  # noqa: SLF001 - a bound that shows nowhere else
