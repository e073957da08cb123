"""The snapshots of all streams have one limit."""

from proxy.core.hls.playlist import Rewritten
from proxy.localise.shelf import Shelf
from proxy.streams.loaded import Loaded
from proxy.streams.snapshot_store import SnapshotStore
from proxy.streams.snapshots import Asked, Snapshots
from tests.fake_clock import FakeClock
from tests.streams.test_snapshots.playlists import KEPT


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
