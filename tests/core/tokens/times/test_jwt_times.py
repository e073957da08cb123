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
    """Numbers or numeric strings, as Cloudflare writes them."""
    assert read_jwt(jwt_of(claims)) == times


@pytest.mark.parametrize("exp", [True, -1, 0, "abc", 1e18, [1], "nan", 10**400])
def test_an_end_that_makes_no_sense_is_an_error(exp: object) -> None:
    """No verifier would let such a token in."""
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
def test_other_texts_are_no_jwt(text: str) -> None:
    """Three parts, the first two JSON objects in base64url."""
    assert read_jwt(text) is None


def test_the_two_kinds_of_base64_are_not_mixed_up() -> None:
    """A payload with characters beyond ASCII encodes to `-` and `_`."""
    claims = {"exp": 1700000300, "sub": "\u00ff\u00fe?>~~~"}
    raw = json.dumps(claims, ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert set("-_") & set(payload)
    assert read_jwt(f"{part({})}.{payload}.c2ln") == JwtTimes(1700000300)


@given(st.text() | st.from_regex(r"[\w-]{0,9}\.[\w-]{0,9}\.[\w-]{0,9}"))
def test_reading_any_text_is_quiet(text: str) -> None:
    """Tokens are whatever somebody put into a file."""
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
def test_a_jwt_ends_after_the_shorter_of_its_lives(
    times: JwtTimes, ahead: float, end: float | None
) -> None:
    """Counted from its issue, or from now on its issuer's clock."""
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
    """No clock cures that."""
    with pytest.raises(ExpiryError, match=f"can never be valid: {words}"):
        read_jwt(jwt_of(claims))
