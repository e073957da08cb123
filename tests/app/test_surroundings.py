"""What all parts of the program share."""

from collections.abc import Callable

from structlog.testing import capture_logs

from proxy.app.surroundings import surroundings_of
from proxy.settings import Settings
from proxy.streams.budget import Share
from tests.app.around import surroundings
from tests.fake_clock import FakeClock
from tests.tokens.scripted import seeded

Loaded = Callable[..., Settings]


def test_the_shared_parts_show_no_secret(loaded: Loaded) -> None:
    """The environment may contain keys and tokens."""
    settings = loaded('[streams.lobby]\nurl = "https://h/v.m3u8"\n')
    around = surroundings(settings, {"KEY": "CANARY"})
    assert "CANARY" not in repr(around)


async def test_changed_settings_keep_all_shared_parts(
    loaded: Loaded,
) -> None:
    """Logins, playlists and turns belong to streams that go on."""
    text = '[streams.a]\nurl = "https://h/v.m3u8"\n'
    around = surroundings(loaded(text))
    other = loaded(f"[server]\nshared_secret_files = true\n{text}")
    changed = around.changed(other)
    assert changed.settings is other
    assert (changed.services.shared, around.services.shared) == (True, False)
    assert changed.services.logins is around.services.logins
    assert changed.services.payers is around.services.payers
    assert changed.services.queues is around.services.queues
    assert changed.caches.snapshots is around.caches.snapshots
    await changed.close()


async def test_the_limit_of_all_names_is_logged_with_advice(loaded: Loaded) -> None:
    """Once, if no idle member can be evicted."""
    settings = loaded(
        '[limits]\ntotal_names = 5\n[streams.lobby]\nurl = "https://h/v.m3u8"\n'
    )
    around = surroundings_of(settings, environ={}, clock=FakeClock(), rng=seeded())
    share = Share(around.caches.names, left=lambda: None)
    share.play()
    with capture_logs() as logs:
        for names in (5, 9, 10):
            share.takes(names)
    await around.close()
    (told,) = logs
    assert "raise limits.total_names (5)" in told["about"]
