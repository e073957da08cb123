"""Where the program listens, and what a player opens there."""

import pytest

from proxy.app.locations import Running, shown_base
from proxy.core.http.listening import Address
from proxy.settings.program import ServerSettings

KEY = "0123456789abcdef0123456789abcdef"
ANYWHERE = {"listen": "0.0.0.0:8080", "allowed_networks": ["10.0.0.0/8"]}


@pytest.mark.parametrize(
    ("server", "base"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"listen": "[::1]:9000"}, "http://[::1]:9000"),
        (ANYWHERE, "http://127.0.0.1:8080"),
        ({**ANYWHERE, "hosts": ["tv.lan"]}, "http://tv.lan:8080"),
        ({**ANYWHERE, "hosts": ["tv.lan:80", "b"]}, "http://tv.lan:80"),
        ({**ANYWHERE, "hosts": ["[fd00::1]"]}, "http://[fd00::1]:8080"),
        # Behind a front on this machine, its scheme and port are unknown.
        ({"hosts": ["tv.example.com"]}, "http://127.0.0.1:8080"),
        ({"public_url": "https://tv.example.com/hls"}, "https://tv.example.com/hls"),
        ({"access_key": KEY}, "http://127.0.0.1:8080/<access key>"),
    ],
)
def test_a_url_is_shown_as_players_may_use_it(
    server: dict[str, object], base: str
) -> None:
    """With the host name that players use, and without the key."""
    settings = ServerSettings.model_validate(server)
    running = Running(
        settings.listen, ("lobby",), shown_base=shown_base(settings, settings.listen)
    )
    assert running.shown_urls == (f"{base}/lobby/index.m3u8",)
    assert running.overview == f"{base}/"


def test_a_player_on_this_machine_needs_no_host_name() -> None:
    """The URL has the first address, or loopback if that is every address."""
    running = Running((Address("::", 80), Address("10.0.0.1", 81)), ("a", "b/{id}"))
    assert running.base_url == "http://[::1]:80"
    assert running.urls == (
        "http://[::1]:80/a/index.m3u8",
        "http://[::1]:80/b/{id}/index.m3u8",
    )
    assert running.places == ("[::]:80", "10.0.0.1:81")
