"""Where the token of a stream goes, from its settings to the wire."""

from collections.abc import Callable

import pytest

from proxy.app.placements import rule_of
from proxy.core.tokens.token import Token
from proxy.settings import Settings

Loaded = Callable[..., Settings]
TOKEN = Token({"token": "T=/", "kid": "k1"})


@pytest.fixture
def settings_for(loaded: Loaded) -> Callable[[str], Settings]:
    """Return a function that reads a stream with these placements."""

    def read(placements: str) -> Settings:
        return loaded(
            '[streams.lobby]\nurl = "https://h/UID/v.m3u8?x=1"\n'
            f"placement = [{placements}]\n"
            "[streams.lobby.token]\n"
            'source = "static"\nfields = { token = "T=/", kid = "k1" }\n'
        )

    return read


def test_a_url_placement_replaces_the_streams_url(
    settings_for: Callable[[str], Settings],
) -> None:
    """Other placements beside it apply to requests at the stream's own origin."""
    stream = settings_for(
        '{ whole_url = true, value = "https://h/{kid}" }, { header = "X" }'
    ).streams["lobby"]
    stamped = rule_of(stream).stamp(stream.url, TOKEN, entry=True)
    assert (stamped.url, stamped.headers) == ("https://h/k1", (("X", "T=/"),))


@pytest.mark.parametrize(
    ("placements", "sent", "headers"),
    [
        ('{ query = "t" }', "/UID/v.m3u8?x=1&t=T%3D%2F", ()),
        ('{ query = "t", raw = true }', "/UID/v.m3u8?x=1&t=T=/", ()),
        ('{ query = "t", exclusive = true }', "/UID/v.m3u8?t=T%3D%2F", ()),
        (
            '{ query_text = ["k", "s"], value = "k={kid}&s={token}" }',
            "/UID/v.m3u8?x=1&k=k1&s=T=/",
            (),
        ),
        ("{ path_part = 1 }", "/T%3D%2F/v.m3u8?x=1", ()),
        (
            '{ path_prefix = "p=", value = "{token}&e={kid}" }',
            "/p=T=%2F&e=k1/UID/v.m3u8?x=1",
            (),
        ),
        (
            '{ path_prefix = "p=", at = 2 }, { path_part = 1 }',
            "/T%3D%2F/p=T=%2F/v.m3u8?x=1",
            (),
        ),
        (
            '{ header = "Authorization", value = "Bearer {token}" }',
            "/UID/v.m3u8?x=1",
            (("Authorization", "Bearer T=/"),),
        ),
        (
            '{ basic = "{kid}" }, { cookie = "c" }, { cookie = "d", value = "{kid}" }',
            "/UID/v.m3u8?x=1",
            (("Authorization", "Basic azE6VD0v"), ("Cookie", "c=T=/; d=k1")),
        ),
    ],
)
def test_each_placement_is_sent_where_it_says(
    settings_for: Callable[[str], Settings],
    placements: str,
    sent: str,
    headers: tuple[tuple[str, str], ...],
) -> None:
    """One or several placements of a configuration, as they are sent."""
    stream = settings_for(placements).streams["lobby"]
    stamped = rule_of(stream).stamp(stream.url, TOKEN, entry=True)
    assert (stamped.url, stamped.headers) == (f"https://h{sent}", headers)
