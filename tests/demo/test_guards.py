"""Which tokens are accepted."""

import base64
import json

import jwt
import pytest

from proxy.demo import keys
from proxy.demo.guards import Admission, TokenCheck
from proxy.demo.record import Refusal

NOW = 1_800_000_000.0


@pytest.fixture
def guard(pair: keys.KeyPair) -> TokenCheck:
    """Return a guard with the tests' public key."""
    return TokenCheck(pair.public_pem)


def signed(pair: keys.KeyPair, *, expires_at: float = NOW + 5, sub: str = "me") -> str:
    """Sign a token."""
    return keys.sign(pair, {"sub": sub}, expires_at=expires_at)


def test_a_valid_token_passes(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """The verdict has its remaining time and its subject."""
    assert Admission(None, 5.0, "me") == guard.check(signed(pair), NOW, sub="me")


@pytest.mark.parametrize("life", [0, -1, -3600])
def test_a_token_expires_at_its_time(
    guard: TokenCheck, pair: keys.KeyPair, life: int
) -> None:
    """RFC 7519, section 4.1.4: it must not be accepted at or after that time."""
    verdict = guard.check(signed(pair, expires_at=NOW + life), NOW)

    assert verdict.refusal is Refusal.EXPIRED_TOKEN


@pytest.mark.parametrize("token", [None, ""])
def test_a_missing_token_differs_from_a_bad_one(
    guard: TokenCheck, token: str | None
) -> None:
    """The client may just have forgotten it."""
    assert guard.check(token, NOW).refusal is Refusal.MISSING_TOKEN


def test_a_token_for_something_else_is_bad(
    guard: TokenCheck, pair: keys.KeyPair
) -> None:
    """The required claims must be present and equal."""
    assert guard.check(signed(pair), NOW, sub="you").refusal is Refusal.BAD_TOKEN
    assert guard.check(signed(pair), NOW, aud="me").refusal is Refusal.BAD_TOKEN


def unsigned() -> str:
    """Make a token that claims to need no signature."""
    parts = ({"alg": "none"}, {"exp": NOW + 5})
    texts = (base64.urlsafe_b64encode(json.dumps(p).encode()).decode() for p in parts)
    return ".".join(text.rstrip("=") for text in texts) + "."


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", unsigned(), "eyJhbGciOiJSUzI1NiJ9..", "\udcff"]
)
def test_an_unsigned_token_is_bad(guard: TokenCheck, token: str) -> None:
    """Neither garbage nor a token without a signature passes."""
    assert guard.check(token, NOW).refusal is Refusal.BAD_TOKEN


def test_another_key_is_bad(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """Signed with another key, or with a public value."""
    token = signed(pair)
    forged = token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")
    symmetric = jwt.encode({"exp": NOW + 5}, "x" * 32, "HS256")

    assert guard.check(forged, NOW).refusal is Refusal.BAD_TOKEN
    assert guard.check(symmetric, NOW).refusal is Refusal.BAD_TOKEN


def test_keys_overlap_when_they_change(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """Both are valid for a while; then only the new one."""
    new = keys.generate()
    guard.accept(pair.public_pem, new.public_pem)
    assert guard.check(signed(pair), NOW).refusal is None
    assert guard.check(signed(new), NOW).refusal is None
    guard.accept(new.public_pem)
    assert guard.check(signed(pair), NOW).refusal is Refusal.BAD_TOKEN
    assert guard.check(signed(new), NOW).refusal is None


def test_a_token_without_an_expiry_is_bad(
    guard: TokenCheck, pair: keys.KeyPair
) -> None:
    """No platform issues one."""
    token = jwt.encode({"sub": "me"}, pair.private_pem, "RS256")

    assert guard.check(token, NOW).refusal is Refusal.BAD_TOKEN
