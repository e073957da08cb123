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


async def test_the_limit_of_all_names_is_told_with_what_helps(loaded: Loaded) -> None:
    """Once, where nothing is idle that could go."""
    settings = loaded(
        '[limits]\ntotal_names = 5\n[streams.lobby]\nurl = "https://h/v.m3u8"\n'
    )
    around = surroundings_of(settings, environ={}, clock=FakeClock(), rng=seeded())
    share = Share(around.names, left=lambda: None)
    share.play()
    with capture_logs() as logs:
        for names in (5, 9, 10):
            share.takes(names)
    await around.close()
    (told,) = logs
    assert "raise limits.total_names (5)" in told["about"]
