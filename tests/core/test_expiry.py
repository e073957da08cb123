"""When a token ends, by what it says itself."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.expiry import JwtTimes, earliest_end, epoch, jwt_end, read_jwt

NOW = 1_800_000_000.0


def part(value: object) -> str:
    """Return one part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def jwt_of(claims: object) -> str:
    """Return a JWT whose signature is nonsense."""
    return f"{part({'alg': 'HS256'})}.{part(claims)}.c2ln"


@pytest.mark.parametrize(
    ("claims", "times"),
    [
        ({"exp": 1700000300, "iat": 1700000000}, JwtTimes(1700000300, 1700000000)),
        ({"exp": "1621889657", "nbf": "1700"}, JwtTimes(1621889657, None, 1700)),
        ({"exp": 1700000300.5}, JwtTimes(1700000300.5)),
        ({"exp": True, "iat": [1], "nbf": None}, JwtTimes()),
        ({"exp": -1, "iat": 1e18, "nbf": "abc"}, JwtTimes()),
        ({"exp": "nan", "iat": "inf", "nbf": 10**400}, JwtTimes()),
        ({}, JwtTimes()),
    ],
)
def test_the_times_of_a_jwt_are_read(
    claims: dict[str, object], times: JwtTimes
) -> None:
    """Numbers or numeric strings; what makes no sense is as good as absent."""
    assert read_jwt(jwt_of(claims)) == times


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
def test_reading_never_raises(text: str) -> None:
    """Tokens are whatever somebody put into a file."""
    read_jwt(text)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (1700000300, 1700000300.0),
        (" 1700000300 ", 1700000300.0),
        (1700000300000, None),
        ("soon", None),
        (False, None),
        (None, None),
        ({}, None),
    ],
)
def test_epoch_seconds_lie_in_the_calendar(
    value: object, seconds: float | None
) -> None:
    """Milliseconds are no seconds of the year 55000."""
    assert epoch(value) == seconds


@pytest.mark.parametrize(
    ("times", "end"),
    [
        (JwtTimes(), None),
        (JwtTimes(expires_at=NOW + 60), NOW + 60),
        (JwtTimes(NOW + 60, NOW - 240), NOW + 60),
        (JwtTimes(NOW + 3660, NOW + 3600), NOW + 60),
        (JwtTimes(NOW + 60, NOW + 60), NOW + 60),
        (JwtTimes(NOW - 1, NOW - 61), NOW - 1),
    ],
    ids=["none", "exp", "made earlier", "our clock is behind", "no life", "ended"],
)
def test_a_jwt_ends_after_the_shorter_of_its_lives(
    times: JwtTimes, end: float | None
) -> None:
    """Counted from its issue, or from now."""
    assert jwt_end(times, now=NOW) == end


def test_of_several_fields_the_first_end_counts() -> None:
    """Fields that are no JWT say nothing."""
    texts = ["Key-Pair", jwt_of({"exp": NOW + 60}), jwt_of({"exp": NOW + 30})]
    assert earliest_end(texts, now=NOW) == NOW + 30
    assert earliest_end(["opaque"], now=NOW) is None
