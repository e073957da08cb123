"""Playlists are dropped when memory is short or they no longer apply."""

from aiohttp import web

from proxy.core.hls.playlist import Rewritten
from proxy.localise.shelf import Shelf
from proxy.streams.loaded import Loaded
from proxy.streams.snapshot_store import SnapshotStore
from proxy.streams.snapshots import Asked, Snapshots
from tests.fake_clock import FakeClock
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.test_snapshots.playlists import KEPT, LADDER, LIVE


def loaded(size: int, at: float) -> Loaded:
    """Return a live playlist of this size."""
    body = b"#".ljust(size, b"x")
    return Loaded(body, (), facts=Rewritten(body, target_duration=6.0), asked_at=at)


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
