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
