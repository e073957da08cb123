"""Tests of the kept playlists of all streams."""

import asyncio
from dataclasses import replace

from proxy.core.http.offline import Confirmation
from proxy.streams.kept_playlist import decoded, encoded
from proxy.streams.playlist_store import PlaylistStore
from tests.fake_clock import FakeClock
from tests.streams.documents import Disk, kept

WEEK = 604_800.0
HOUR = 3600.0


def store(disk: Disk, clock: FakeClock | None = None) -> PlaylistStore:
    """Return a store with a disk, as at the start of the program."""
    clock = clock or FakeClock()
    return PlaylistStore(disk, offline_seconds=WEEK, clock=clock)


async def test_a_playlist_is_found_after_a_restart() -> None:
    """From the disk, and from then on from memory."""
    disk, one = Disk(), kept()
    before = store(disk)
    before.put("a", one)
    assert await before.get("a") is one
    await before.close()
    after = store(disk)
    assert after.find("a") is None
    assert await after.get("a") == one
    assert after.find("a") == one
    await after.get("a")
    assert disk.reads == ["a"]


async def test_a_missing_playlist_is_looked_for_again_later() -> None:
    """Another process may write it: it is found soon, without a read per request."""
    disk, clock = Disk(), FakeClock()
    one = store(disk, clock)
    for _ in range(10):
        assert await one.get("a") is None
    assert disk.reads == ["a"]
    disk.files["a"] = encoded(kept())
    await clock.advance(6)
    assert await one.get("a") == kept()


async def test_a_confirmation_by_another_process_is_noticed() -> None:
    """`prefetch` runs beside the program; the disk is read once a minute."""
    disk, clock = Disk(), FakeClock()
    ours, other = store(disk, clock), store(disk, clock)
    ours.put("a", kept(clock.wall()))
    await ours.close()
    reads = len(disk.reads)
    await clock.advance(WEEK / 2)
    newer = kept(clock.wall(), validators="replaced")
    other.put("a", newer)
    await other.close()
    assert await ours.get("a") == newer
    for _ in range(59):
        await clock.advance(1)
        assert await ours.get("a") == newer
    assert len(disk.reads) == reads + 1


async def test_an_older_version_on_the_disk_does_not_count() -> None:
    """The newer one could not be written."""
    disk, clock = Disk(), FakeClock()
    ours = store(disk, clock)
    disk.files["a"] = encoded(kept(1.0, validators="old"))
    disk.full = True
    ours.put("a", kept())
    await ours.close()
    await clock.advance(61)
    assert await ours.get("a") == kept()
    assert await ours.get("a", again=True) == kept()


async def test_a_blind_store_finds_nothing_old() -> None:
    """So the platform is asked; its answer is written."""
    disk = Disk({"a": encoded(kept())})
    one = store(disk)
    one.blind = True
    assert await one.get("a") is None
    one.put("a", kept(validators="new"))
    await one.close()
    assert await one.get("a") == kept(validators="new")
    assert decoded(disk.files["a"]) == kept(validators="new")


async def test_an_unchanged_playlist_is_rarely_written() -> None:
    """A kiosk confirms it every minute, and its card wears out."""
    disk, clock = Disk(), FakeClock()
    one = store(disk, clock)
    for _ in range(24 * 60):
        await clock.advance(60)
        one.put("a", kept(clock.wall(), fresh_seconds=60))
        await one.close()
    assert 1 < len(disk.writes) <= 4
    found = decoded(disk.files["a"])
    assert found is not None
    assert 0 <= clock.wall() - found.confirmed.at < 0.06 * WEEK


async def test_after_a_restart_it_is_not_written_again() -> None:
    """The content of the disk is known from reading it."""
    disk, clock = Disk(), FakeClock()
    disk.files["a"] = encoded(kept(clock.wall() - HOUR))
    one = store(disk, clock)
    await one.get("a")
    one.put("a", kept(clock.wall()))
    await one.close()
    assert disk.writes == []


async def test_a_changed_playlist_is_written_at_once() -> None:
    """It was replaced upstream."""
    disk = Disk()
    one = store(disk)
    one.put("a", kept())
    await one.close()
    one.put("a", kept(validators="new"))
    await one.close()
    assert decoded(disk.files["a"]) == kept(validators="new")


async def test_the_newest_version_is_written_in_the_end() -> None:
    """Also if it comes while an older one is being written."""
    disk = Disk(going_on=asyncio.Event())
    one = store(disk)
    one.put("a", kept())
    await asyncio.sleep(0)
    one.put("a", kept(validators="new"))
    assert disk.going_on is not None
    disk.going_on.set()
    await one.close()
    assert decoded(disk.files["a"]) == kept(validators="new")


async def test_a_removed_playlist_is_not_found() -> None:
    """Neither in memory nor on the disk."""
    disk = Disk()
    one = store(disk)
    one.put("a", kept())
    await one.close()
    one.remove("a")
    assert one.find("a") is None
    assert await one.get("a") is None
    assert not disk.files


async def test_a_full_disk_only_prevents_offline_play() -> None:
    """The next confirmation is written again."""
    disk = Disk(full=True)
    one = store(disk)
    one.put("a", kept())
    await one.close()
    assert await one.get("a") == kept()
    disk.full = False
    one.put("a", replace(kept(), confirmed=Confirmation(1_800_000_001.0)))
    await one.close()
    assert disk.writes == ["a"]


async def test_an_unreadable_document_is_missing() -> None:
    """For example of another version."""
    disk = Disk({"a": b"{}\n"})
    assert await store(disk).get("a") is None
