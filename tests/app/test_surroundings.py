"""What all parts of the program share."""

import random
from collections.abc import Callable

from proxy.app.surroundings import Surroundings
from proxy.settings import Settings
from proxy.streams.snapshots import SnapshotStore
from tests.fake_clock import FakeClock

Loaded = Callable[..., Settings]


def test_what_all_parts_share_shows_no_secret(loaded: Loaded) -> None:
    """Keys and tokens may stand in the environment."""
    settings = loaded('[streams.lobby]\nurl = "https://h/v.m3u8"\n')
    rng = random.Random(0)  # noqa: S311 - a jitter, no secret
    around = Surroundings(
        {"KEY": "CANARY"}, FakeClock(), rng, "test", settings, SnapshotStore(0)
    )
    assert "CANARY" not in repr(around)
