"""The web server, as set up by the settings."""

from collections.abc import Callable

from proxy.app.serving import site_of
from proxy.settings import Settings
from proxy.streams.directory import Streams

Loaded = Callable[..., Settings]
STREAM = '[streams.lobby]\nurl = "https://h/v.m3u8"\n'


def test_the_site_follows_the_settings(loaded: Loaded) -> None:
    """Who may send requests, and how many."""
    streams = Streams({}, {})
    site = site_of(
        streams,
        loaded(
            '[server]\naccess_key = "0123456789abcdefghijkl"\nshutdown_seconds = 3\n'
            'public_url = "https://tv.example/"\n[limits]\nconnections = 7\n'
            f"connections_per_address = 5\n{STREAM}"
        ),
    )
    assert site.streams is streams
    assert site.guard.access.key == "0123456789abcdefghijkl"
    assert site.public_url == "https://tv.example"
    limits = site.limits
    assert (limits.connections, limits.connections_per_address) == (7, 5)
    assert limits.drain_seconds == 3


def test_the_defaults_are_no_key_and_the_players_host(loaded: Loaded) -> None:
    """The URLs that players see follow from their requests."""
    site = site_of(Streams({}, {}), loaded(STREAM))
    assert (site.guard.access.key, site.public_url) == (None, None)
