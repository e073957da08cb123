"""Claims: decoded without verification, with remarks."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.claims import Jwt, read, remarks

NOW = 1_700_000_000.0
GOOD = {"sub": "p1", "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 300}


def part(value: object) -> str:
    """Return a part of a JWT."""
    raw = json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def judged(claims: dict[str, object], *, playback_id: str = "p1") -> list[str]:
    """Return the remarks about these claims."""
    jwt = Jwt({"alg": "RS256"}, claims, "")
    return list(remarks(jwt, playback_id=playback_id, now=NOW))


def test_a_jwt_is_decoded() -> None:
    """Header and claims, whether its signature is valid or not."""
    jwt = read(f"{part({'alg': 'ES256'})}.{part(GOOD)}.CANARY")
    assert jwt is not None
    assert jwt.header == {"alg": "ES256"}
    assert jwt.claims == GOOD
    assert "CANARY" not in repr(jwt)


@pytest.mark.parametrize(
    "text", ["", "abc", "a.b.c", "..", f"{part([1])}.{part({})}.x", "e30.e30"]
)
def test_other_texts_are_not_jwts(text: str) -> None:
    """Nothing is guessed."""
    assert read(text) is None


@given(st.text())
def test_reading_never_raises(text: str) -> None:
    """The text may be anything."""
    assert read(text) is None or "." in text


def test_a_good_token_gets_no_remark() -> None:
    """There is nothing to report."""
    assert judged(dict(GOOD)) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "media:p1"},
        {"aud": ["x", "p1"]},
        {"sub": "", "resource": "/v2/media/p1"},
        {"mediamtx_permissions": [{"action": "read", "path": "live/p1"}]},
    ],
)
def test_an_id_may_be_in_any_claim(claims: dict[str, object]) -> None:
    """After a prefix, in a list, in a path."""
    assert judged({**GOOD, "sub": "", **claims}) == []


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"sub": "p2"}, 'sub is "p2", the playback id is "p1"'),
        ({"sub": None, "aud": "media:p11"}, 'aud is "media:p11"'),
        ({"sub": None}, "neither aud nor sub"),
        ({"exp": NOW - 5}, "exp was 5 s ago"),
        ({"exp": "soon"}, "exp is no time"),
        ({"nbf": NOW + 100, "exp": NOW + 300}, "nbf is 100 s ahead"),
        ({"iat": str(int(NOW + 100))}, "iat is 100 s ahead"),
        ({"iat": NOW + 10, "nbf": NOW + 10, "exp": NOW + 10}, "never valid"),
    ],
)
def test_mismatches_are_reported(claims: dict[str, object], said: str) -> None:
    """The remark names the claim."""
    (remark,) = judged({**GOOD, **claims})
    assert said in remark


def test_a_token_without_an_expiry_is_reported() -> None:
    """Platforms refuse it."""
    (remark,) = judged({"sub": "p1"})
    assert "no exp" in remark


def test_a_token_without_an_algorithm_is_reported() -> None:
    """It is not signed."""
    jwt = Jwt({"alg": "none"}, dict(GOOD), "")
    assert any("algorithm" in each for each in remarks(jwt, playback_id="", now=NOW))
