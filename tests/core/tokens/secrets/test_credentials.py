"""Which parts of a request are credentials."""

import base64

import pytest

from proxy.core.tokens.secrets.credentials import (
    bare_credentials,
    credentials_of,
    exposed,
    password_of,
    secrets_in_query,
    secrets_of_path,
    secrets_of_url,
    user_of,
)

PAIR = base64.b64encode(b"lobby:pass:word").decode()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("X-Api-Key", "key-1", {"key-1"}),
        ("authorization", "Bearer abc.def", {"Bearer abc.def", "abc.def"}),
        (
            "Authorization",
            f"Basic {PAIR}",
            {f"Basic {PAIR}", PAIR, "lobby:pass:word", "lobby", "pass:word"},
        ),
        ("Authorization", "Basic ???", {"Basic ???", "???"}),
        ("Authorization", "Basic /w==", {"Basic /w==", "/w=="}),
        ("Cookie", "a=b; sid=x=y;z", {"b", "x=y"}),
        ("X-Ids", "a=1; b=2", {"a=1; b=2", "1", "2", "b=2"}),
        (
            "Signature",
            'keyId="k1",signature="ab+/c=="',
            {'keyId="k1",signature="ab+/c=="', "k1", "ab+/c=="},
        ),
        ("User-Agent", "tv/1", set()),
        ("REFERER", "https://site.example/", set()),
        ("Sec-Fetch-Site", "cross-site", set()),
        ("CMCD-Session", 'sid="abc"', set()),
        ("X-Empty", " ", set()),
    ],
)
def test_credentials_in_a_header_field(name: str, value: str, found: set[str]) -> None:
    """Public fields have none."""
    assert credentials_of(((name, value),)) == found


@pytest.mark.parametrize(
    ("url", "found", "password"),
    [
        ("https://m.example/v?u:p@", set(), ""),
        ("https://us%40er:p%3Aw@m.example/v", {"us@er:p:w", "us@er", "p:w"}, "p:w"),
        ("https://user@m.example/v", {"user"}, "user"),
    ],
)
def test_credentials_of_the_user_in_a_url(
    url: str, found: set[str], password: str
) -> None:
    """Decoded."""
    assert user_of(url) == found
    assert password_of(url) == password


@pytest.mark.parametrize(
    ("name", "value", "short"),
    [
        ("X-Api-Key", "abc", True),
        ("X-Api-Key", "abcdefgh", False),
        ("X-Api-Key", "12345678", True),
        ("X-Version", "2", False),
        ("Authorization", f"Basic {PAIR}", False),
        ("Authorization", f"Basic {base64.b64encode(b'lobby:pw').decode()}", True),
        ("Cookie", "sid=abcdefgh;", False),
        ("Cookie", "sid=abcdefgh; a=b", True),
    ],
)
def test_secrets_that_are_too_short_to_be_recognised(
    name: str, value: str, *, short: bool
) -> None:
    """The length of the secret part decides."""
    assert exposed(((name, value),)) == [name] * short


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://h/a/v.m3u8", set()),
        ("https://h/v.m3u8?a=%41b&c&d=", {"%41b", "Ab"}),
        (f"https://h/{'x' * 40}/{'y' * 39}/v.m3u8", {"x" * 40}),
    ],
)
def test_secrets_in_a_url_that_is_a_token(url: str, secrets: set[str]) -> None:
    """Values of its query, and path parts that are too long for a name."""
    assert secrets_of_url(url) == secrets


@pytest.mark.parametrize(
    ("path", "secrets"),
    [
        (
            "vod/vi123/token/4f2a9c1b-7d3e-4b7a-9c64-5e1f8a7d2b30/v.m3u8",
            {"4f2a9c1b-7d3e-4b7a-9c64-5e1f8a7d2b30"},
        ),
        ("Pa7hSecretToken99/v.m3u8", {"Pa7hSecretToken99"}),
        (f"{'x' * 40}/v.m3u8", {"x" * 40}),
        ("live/Lobby-Main-2026/event-2026-final/20261130120000000/v.m3u8", set()),
        ("live/known4AssetName8/Pa7hSecretToken99", set()),
    ],
)
def test_secrets_in_the_path_of_a_token(path: str, secrets: set[str]) -> None:
    """Parts that look random, unless the configured path has them too."""
    entry = "https://h/known4AssetName8/v.m3u8"
    assert secrets_of_path(f"https://h/{path}", entry) == secrets


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("https://h/v.m3u8", set()),
        ("https://h/v?apikey=abc&x=1", {"abc"}),
        ("https://h/v?session_id=abc&KeyName=prod", set()),
        (f"https://h/v?x={'%41' * 8}", {"%41" * 8, "A" * 8}),
    ],
)
def test_secrets_in_a_configured_url(url: str, secrets: set[str]) -> None:
    """Values with a secret name, and those as long as a signature."""
    assert secrets_in_query(url) == secrets


def test_only_the_secret_part_counts() -> None:
    """Not a user or a scheme."""
    fields = (
        ("Authorization", f"Basic {PAIR}"),
        ("X-Api-Key", "Key abc"),
        ("Accept", "application/json"),
    )
    assert bare_credentials(fields) == {"pass:word", "abc"}
