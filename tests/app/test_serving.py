"""What the web serves, from settings."""

from collections.abc import Callable

from proxy.app.serving import site_of
from proxy.settings import Settings
from proxy.streams.directory import Streams

Loaded = Callable[..., Settings]
STREAM = '[streams.lobby]\nurl = "https://h/v.m3u8"\n'


def test_the_site_is_as_it_is_configured(loaded: Loaded) -> None:
    """Who may ask, and how much."""
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


def test_what_is_not_configured_is_as_it_was_always(loaded: Loaded) -> None:
    """No key, and where players reach us is what they say."""
    site = site_of(Streams({}, {}), loaded(STREAM))
    assert (site.guard.access.key, site.public_url) == (None, None)
