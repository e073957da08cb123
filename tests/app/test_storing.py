"""The store has the size that the settings say."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proxy.app.commons import Commons
from proxy.app.storing import disk_of, playlists_of, resize, status_of, store_of
from proxy.localise.uses import alone
from proxy.settings import StoreSettings
from proxy.store.key import Key
from proxy.store.port import Head
from proxy.store.shared_files import SharedFiles
from tests.fake_clock import FakeClock
from tests.streams.documents import kept

KEY = Key("s", "main/s.ts", "https://a.test/s.ts", "run", 0)
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("settings", "size", "fits"),
    [
        (StoreSettings(memory_bytes=4 * MIB), MIB, True),
        (StoreSettings(memory_bytes=4 * MIB), MIB + 1, False),
        (StoreSettings(memory_bytes=4 * MIB, largest_bytes=2 * MIB), 2 * MIB, True),
        (StoreSettings(memory_bytes=0), 1, False),
    ],
)
def test_the_largest_resource_is_a_quarter_by_default(
    settings: StoreSettings, size: int, *, fits: bool
) -> None:
    """With 0 bytes nothing is kept."""
    store = store_of(settings)
    assert store.is_on is (settings.memory_bytes > 0)
    assert (store.begin(KEY, size) is not None) is fits


def test_a_smaller_budget_drops_what_does_not_fit() -> None:
    """At once; with 0 bytes the store is off."""
    store = store_of(StoreSettings(memory_bytes=4 * MIB))
    writing = store.begin(KEY, None)
    assert writing is not None
    writing.append(b"x" * MIB)
    writing.commit(Head())
    del writing
    held = status_of(store)
    assert (held.budget_bytes, held.entries, held.evictions) == (4 * MIB, 1, 0)
    assert MIB < held.bytes < 2 * MIB
    resize(store, StoreSettings(memory_bytes=MIB))
    assert store.find(KEY) is None
    assert status_of(store).evictions == 1
    resize(store, StoreSettings(memory_bytes=0))
    assert not store.is_on


def test_workers_share_one_budget(tmp_path: Path) -> None:
    """Each has a part of it, also after a reload, and finds what others keep."""
    folders = [tmp_path / name for name in ("1", "2")]
    stores = []
    for own, other in (folders, folders[::-1]):
        own.mkdir()
        commons = Commons(SharedFiles(own, [other]), lambda _: alone, 2)
        settings = StoreSettings(memory_bytes=4 * MIB)
        store = store_of(settings, commons=commons)
        assert status_of(store, commons).budget_bytes == 2 * MIB
        assert status_of(store, commons).shared
        resize(store, StoreSettings(memory_bytes=8 * MIB), commons)
        assert status_of(store, commons).budget_bytes == 4 * MIB
        stores.append(store)
    assert not status_of(stores[0]).shared
    writing = stores[0].begin(KEY, None)
    assert writing is not None
    writing.append(b"x" * MIB)
    writing.commit(Head())
    found = stores[1].find(KEY)
    assert found is not None
    assert found.read(0, MIB) == b"x" * MIB


async def test_a_disk_keeps_media_and_playlists(tmp_path: Path) -> None:
    """A disk's failure is logged, and nothing else fails."""
    clock = FakeClock()
    assert disk_of(StoreSettings(), clock) is None
    assert playlists_of(StoreSettings(), None, clock) is None
    (tmp_path / "file").write_text("no folder")
    settings = StoreSettings(dir=tmp_path / "file" / "kept", offline_for=60.0)
    disk = disk_of(settings, clock)
    playlists = playlists_of(settings, disk, clock)
    assert playlists is not None
    assert playlists.offline_seconds == 60
    with capture_logs() as logs:
        playlists.put("a", kept())
        await playlists.close()
    assert [line["event"] for line in logs] == ["store"]
    assert "nothing is kept on the disk" in logs[0]["about"]
    await store_of(settings, disk).close()
