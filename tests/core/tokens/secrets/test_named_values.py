"""Secrets in lists of names and values."""

import json

import pytest

from proxy.core.tokens.secrets.named_values import (
    is_called_secret,
    secrets_in,
    secrets_in_body,
)

LONG = "long-enough-for-a-sign"


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("abc", []),
        ("Expires=190&Signature=SiG~abc-d__&Key-Pair-Id=KPAIR", ["SiG~abc-d__"]),
        (f"x={LONG}&y={LONG[1:]}", [LONG]),
        ("sid=1; theme=dark, token=t", ["t"]),
        ('keyId="k",signature="ab c=="', ["ab c=="]),
        ("hdnts=exp=1~acl=/*~hmac=abc", ["abc"]),
        ("a==&=b&&c", []),
    ],
)
def test_values_with_a_secret_name_and_long_ones(text: str, secrets: list[str]) -> None:
    """In a query, a cookie, the parameters of a field, a signed list."""
    assert [*secrets_in(text)] == secrets


@pytest.mark.parametrize(
    ("name", "called"),
    [
        *(("client_secret", True), ("apikey", True), ("Password", True), ("pw", True)),
        *(("md5", True), ("client_id", False), ("Key-Pair-Id", False)),
        *(("KeyName", False), ("token_type", False), ("scope", False)),
    ],
)
def test_names_of_secrets(name: str, *, called: bool) -> None:
    """A name that only describes a secret does not count."""
    assert is_called_secret(name) is called


@pytest.mark.parametrize(
    "body",
    [
        "client_id=player&client_secret=s%2F1&scope=video&refresh_token=r+1",
        json.dumps(
            {
                "client_id": "player",
                "client": {"secret": "s/1", "n": 1},
                "tokens": ["r 1"],
                "video": "clip-1",
            }
        ),
    ],
)
def test_secrets_in_a_body(body: str) -> None:
    """In a form or JSON; ids of videos also appear in playlists."""
    assert secrets_in_body(body) == {"s/1", "r 1"}


@pytest.mark.parametrize("body", ["", "a text", "[" * 100_000, "null"])
def test_other_bodies_have_none(body: str) -> None:
    """Values that were filled in are known anyway."""
    assert secrets_in_body(body) == set()
