"""A signed token needs one key, a lifetime within limits, and known placeholders."""

from pathlib import Path

import pytest

from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

KEYS = {"KEY": "CANARY"}


def table(**keys: object) -> dict[str, object]:
    """Return a table with a key."""
    return {"source": "sign-jwt", "key_env": "KEY", **keys}


def signed(**keys: object) -> SignJwt:
    """Return valid settings."""
    return SignJwt.model_validate(table(**keys), context=ValueContext(Path(), KEYS))


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"key_env": None}, "key: is missing; expected exactly one of key, "),
        ({"key": ""}, "key: is set more than once"),
        ({"key_file": "/dev/null"}, "key_file: "),
        ({"key_env": "NONE"}, "key_env: NONE is not set in the environment"),
    ],
)
def test_exactly_one_key_is_required(keys: dict[str, object], line: str) -> None:
    """A missing key is reported at the start, not at the first player."""
    (problem,) = told(SignJwt, table(**keys), environ=KEYS)
    assert problem.startswith(line)


def test_two_keys_are_refused(tmp_path: Path) -> None:
    """It would be unclear which one signs."""
    path = tmp_path / "a.pem"
    path.touch(mode=0o600)
    path.write_text("CANARY")
    assert told(SignJwt, table(key_file="a.pem"), folder=tmp_path, environ=KEYS) == [
        "key: is set more than once; expected exactly one of key, key_file and key_env"
    ]


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({"lifetime": 1}, "lifetime: 1 seconds; expected 2 seconds or more"),
        (
            {"lifetime": "25h", "max_lifetime": "24h"},
            (
                "lifetime: 90000 seconds; "
                "expected 86400 seconds at most, as the platform accepts"
            ),
        ),
        (
            {"algorithm": "none"},
            'algorithm: "none"; expected one of RS256, ES256, ES384, EdDSA, HS256',
        ),
        (
            {"headers": {"alg": "x"}},
            "headers: alg is set; expected it to be left out: the proxy sets it",
        ),
        (
            {"claims": {"kid": "{key_id}"}},
            "key_id: is missing; expected the id that the platform gave the key",
        ),
    ],
)
def test_settings_that_no_platform_accepts_are_refused(
    keys: dict[str, object], line: str
) -> None:
    """At the start."""
    assert told(SignJwt, table(**keys), environ=KEYS) == [line]


def test_an_id_is_given_by_value_or_by_file(tmp_path: Path) -> None:
    """With files, key and id are rotated together."""
    path = tmp_path / "kid"
    path.touch(mode=0o600)
    path.write_text("k1\n")
    both = table(key_id="k1", key_id_file="kid")
    assert told(SignJwt, both, folder=tmp_path, environ=KEYS) == [
        "key_id: is set beside key_id_file; expected one of them"
    ]


@pytest.mark.parametrize(
    ("keys", "headers"),
    [
        ({}, {}),
        ({"key_id": "k1"}, {"kid": "{key_id}"}),
        ({"key_id": "k1", "claims": {"k": "{key_id}"}}, {}),
        ({"key_id": "k1", "headers": {"key": "{key_id}"}}, {"key": "{key_id}"}),
    ],
)
def test_the_id_goes_into_the_header_by_default(
    keys: dict[str, object], headers: dict[str, str]
) -> None:
    """A configured id is always used."""
    assert signed(**keys).headers == headers


def test_a_lifetime_may_be_the_longest() -> None:
    """The limit itself is allowed."""
    assert signed(lifetime="24h", max_lifetime=86400).lifetime == 86400.0


def test_the_placeholders_of_the_signer_stay() -> None:
    """The stream's are filled once, times and ids for each token."""
    claims = {"sub": "{playback_id}", "exp": "{expires}", "rules": [{"a": "{b}"}]}
    source = signed(claims=claims, key_id="k1")
    assert source.holes() == {"playback_id", "b"}
    filled = source.filled({"playback_id": "p", "b": "c", "expires": "never"})
    assert filled.claims["sub"] == "p"
    assert filled.claims["rules"] == [{"a": "c"}]
    assert not filled.holes()
