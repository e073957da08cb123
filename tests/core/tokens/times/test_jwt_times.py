"""The times in a JWT."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.jwt_times import JwtTimes, read_jwt
from proxy.errors import ExpiryError
from tests.core.ends import jwt_of, part

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("claims", "times"),
    [
        ({"exp": 1700000300, "iat": 1700000000}, JwtTimes(1700000300, 1700000000)),
        ({"exp": "1621889657", "nbf": "1700"}, JwtTimes(1621889657, None, 1700)),
        ({"exp": 1700000300.5}, JwtTimes(1700000300.5)),
        ({"exp": 1700000300000}, JwtTimes(1700000300)),
        ({"exp": None, "iat": True, "nbf": None}, JwtTimes()),
        ({"iat": 1e18, "nbf": "abc"}, JwtTimes()),
        ({"iat": [1], "nbf": float("nan")}, JwtTimes()),
        ({}, JwtTimes()),
    ],
)
def test_the_times_of_a_jwt_are_read(
    claims: dict[str, object], times: JwtTimes
) -> None:
    """As numbers, or as strings like those of Cloudflare."""
    assert read_jwt(jwt_of(claims)) == times


@pytest.mark.parametrize("exp", [True, -1, 0, "abc", 1e18, [1], "nan", 10**400])
def test_an_expiry_that_makes_no_sense_is_an_error(exp: object) -> None:
    """No verifier would accept such a token."""
    with pytest.raises(ExpiryError):
        read_jwt(jwt_of({"exp": exp}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "opaque",
        "a.b.c",
        "..",
        f"{part({})}.{part([1])}.c2ln",
        f"{part([])}.{part({'exp': 1})}.c2ln",
        f"{part({})}.{part({'exp': 1})}",
        f"{part({})}.{part({'exp': 1})}.c2ln.c2ln",
        f"{part({})}.{part({'exp': 1})}\u00e9.c2ln",
        f"{part({})}.{part({'exp': 1})}!!!!.c2ln",
        f"{part({})}.{base64.urlsafe_b64encode(b'[' * 30000).decode()}.c2ln",
    ],
    ids=range(11),
)
def test_other_texts_are_not_jwts(text: str) -> None:
    """A JWT has three parts; the first two are JSON objects in base64url."""
    assert read_jwt(text) is None


def test_only_base64url_is_accepted() -> None:
    """A payload with characters beyond ASCII encodes to `-` and `_`."""
    claims = {"exp": 1700000300, "sub": "\u00ff\u00fe?>~~~"}
    raw = json.dumps(claims, ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert set("-_") & set(payload)
    assert read_jwt(f"{part({})}.{payload}.c2ln") == JwtTimes(1700000300)


@given(st.text() | st.from_regex(r"[\w-]{0,9}\.[\w-]{0,9}\.[\w-]{0,9}"))
def test_no_text_raises(text: str) -> None:
    """A file may contain any text."""
    read_jwt(text)


@pytest.mark.parametrize(
    ("times", "ahead", "end"),
    [
        (JwtTimes(), 0, None),
        (JwtTimes(expires_at=NOW + 60), 0, NOW + 60),
        (JwtTimes(NOW + 60, NOW - 240), 0, NOW + 60),
        (JwtTimes(NOW + 3660, NOW + 3600), 0, NOW + 60),
        (JwtTimes(NOW + 3660, NOW + 3500), 3600, NOW + 60),
        (JwtTimes(NOW - 3540, NOW - 3600), -3600, NOW + 60),
        (JwtTimes(NOW + 60, NOW + 60), 0, NOW + 60),
        (JwtTimes(NOW - 1, NOW - 61), 0, NOW - 1),
    ],
    ids=[
        "none",
        "exp",
        "made earlier",
        "our clock is behind",
        "known to be behind, and made earlier",
        "our clock is ahead",
        "no life",
        "ended",
    ],
)
def test_the_shorter_lifetime_of_a_jwt_counts(
    times: JwtTimes, ahead: float, end: float | None
) -> None:
    """From its issue, or from now by its issuer's clock."""
    assert times.end(now=NOW, ahead=ahead) == end


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nbf": 1700000300, "exp": 1700000300}, "its nbf is not before its exp"),
        ({"nbf": "1700000301", "exp": 1700000300}, "its nbf is not before its exp"),
        ({"nbf": 1e300}, "its nbf lies in no calendar"),
        ({"nbf": 10**400, "exp": 1700000300}, "its nbf lies in no calendar"),
    ],
)
def test_a_jwt_that_can_never_be_valid_is_an_error(
    claims: dict[str, object], words: str
) -> None:
    """With any clock."""
    with pytest.raises(ExpiryError, match=f"can never be valid: {words}"):
        read_jwt(jwt_of(claims))
