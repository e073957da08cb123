"""Playlists are dropped when memory is short or they no longer apply."""

from aiohttp import web

from proxy.core.hls.playlist import Rewritten
from proxy.localise.shelf import Shelf
from proxy.streams.loaded import Loaded
from proxy.streams.snapshots import Asked, Snapshots, SnapshotStore
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.test_snapshots.playlists import KEPT, LADDER, LIVE


def loaded(size: int, at: float) -> Loaded:
    """Return a live playlist of this size."""
    body = b"#".ljust(size, b"x")
    return Loaded(body, (), facts=Rewritten(body, target_duration=6.0), asked_at=at)


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
