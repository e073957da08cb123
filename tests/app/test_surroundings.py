"""What all parts of the program share."""

from collections.abc import Callable

from proxy.settings import Settings
from tests.app.around import surroundings

Loaded = Callable[..., Settings]


def test_what_all_parts_share_shows_no_secret(loaded: Loaded) -> None:
    """Keys and tokens may stand in the environment."""
    settings = loaded('[streams.lobby]\nurl = "https://h/v.m3u8"\n')
    around = surroundings(settings, {"KEY": "CANARY"})
    assert "CANARY" not in repr(around)


async def test_other_settings_lose_nothing_that_is_shared(
    loaded: Loaded,
) -> None:
    """Logins, playlists, turns: they are those of streams that go on."""
    text = '[streams.a]\nurl = "https://h/v.m3u8"\n'
    around = surroundings(loaded(text))
    other = loaded(f"[server]\nshared_secret_files = true\n{text}")
    changed = around.changed(other)
    assert changed.settings is other
    assert (changed.services.shared, around.services.shared) == (True, False)
    assert changed.services.logins is around.services.logins
    assert changed.services.payers is around.services.payers
    assert changed.services.queues is around.services.queues
    assert changed.snapshots is around.snapshots
    await changed.close()
