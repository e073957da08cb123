"""Who may pass by token."""

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
    """Return a guard who knows the tests' public key."""
    return TokenCheck(pair.public_pem)


def signed(pair: keys.KeyPair, *, expires_at: float = NOW + 5, sub: str = "me") -> str:
    """Sign a token."""
    return keys.sign(pair, {"sub": sub}, expires_at=expires_at)


def test_a_good_token_passes(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """The verdict tells how long it has left, and whose it is."""
    assert Admission(None, 5.0, "me") == guard.check(signed(pair), NOW, sub="me")


@pytest.mark.parametrize("life", [0, -1, -3600])
def test_a_token_ends_when_it_says(
    guard: TokenCheck, pair: keys.KeyPair, life: int
) -> None:
    """RFC 7519, section 4.1.4: on or after its time it must not be accepted."""
    verdict = guard.check(signed(pair, expires_at=NOW + life), NOW)

    assert verdict.refusal is Refusal.EXPIRED_TOKEN


@pytest.mark.parametrize("token", [None, ""])
def test_no_token_is_told_from_a_bad_one(guard: TokenCheck, token: str | None) -> None:
    """Who sends nothing forgot it."""
    assert guard.check(token, NOW).refusal is Refusal.MISSING_TOKEN


def test_a_token_for_something_else_is_bad(
    guard: TokenCheck, pair: keys.KeyPair
) -> None:
    """The claims that are wanted must be there, and equal."""
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
def test_what_is_not_signed_is_bad(guard: TokenCheck, token: str) -> None:
    """Neither rubbish nor a token that needs no signature passes."""
    assert guard.check(token, NOW).refusal is Refusal.BAD_TOKEN


def test_another_key_is_bad(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """Signed, but by somebody else; or by nobody with a secret."""
    token = signed(pair)
    forged = token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")
    symmetric = jwt.encode({"exp": NOW + 5}, "x" * 32, "HS256")

    assert guard.check(forged, NOW).refusal is Refusal.BAD_TOKEN
    assert guard.check(symmetric, NOW).refusal is Refusal.BAD_TOKEN


def test_keys_change_with_an_overlap(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """Both are good for a while; then the old one is not any more."""
    new = keys.generate()
    guard.accept(pair.public_pem, new.public_pem)
    assert guard.check(signed(pair), NOW).refusal is None
    assert guard.check(signed(new), NOW).refusal is None
    guard.accept(new.public_pem)
    assert guard.check(signed(pair), NOW).refusal is Refusal.BAD_TOKEN
    assert guard.check(signed(new), NOW).refusal is None


def test_a_token_without_an_end_is_bad(guard: TokenCheck, pair: keys.KeyPair) -> None:
    """None of the platforms hands out one."""
    token = jwt.encode({"sub": "me"}, pair.private_pem, "RS256")

    assert guard.check(token, NOW).refusal is Refusal.BAD_TOKEN
