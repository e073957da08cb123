"""A wrong credential is refused; of a right one, the expiry is returned."""

from collections.abc import Mapping
from hashlib import md5

import jwt
import pytest

from tests.providers.emulation.asks import Ask, Reason, RefusedError
from tests.providers.emulation.checks import Check, Hashed, Jwt, Known, Once

NOW = 1_800_000_000.0
SECRET = "0123456789abcdef0123456789abcdef"
ASK = Ask("home", "/v/a.m3u8")
GOOD = {"sub": "v1", "exp": NOW + 60}
CHECK = Jwt(SECRET, "HS256", {"sub": "v1"}, {"kid": "k1"}, longest=3600.0)


def signed(
    claims: Mapping[str, object], key: str = SECRET, kid: str = "k1"
) -> dict[str, str]:
    """Return a JWT as it is sent."""
    return {"token": jwt.encode(dict(claims), key, "HS256", {"kid": kid})}


def refusal(check: Check, shown: Mapping[str, str], ask: Ask = ASK) -> Reason | None:
    """Return why a credential is refused."""
    try:
        check.ends(shown, ask, NOW)
    except RefusedError as error:
        return error.reason
    return None


def test_the_check_of_a_jwt_returns_its_expiry() -> None:
    """The door decides whether that has passed."""
    assert CHECK.ends(signed({**GOOD, "exp": int(NOW) + 60}), ASK, NOW) == NOW + 60
    assert CHECK.ends(signed({**GOOD, "exp": int(NOW) - 60}), ASK, NOW) == NOW - 60


@pytest.mark.parametrize(
    "shown",
    [
        signed({"sub": "v2", "exp": int(NOW) + 60}),
        signed({"exp": int(NOW) + 60}),
        signed({"sub": "v1"}),
        signed({"sub": "v1", "exp": int(NOW) + 60, "nbf": int(NOW) + 1}),
        signed({"sub": "v1", "exp": int(NOW) + 3601}),
        signed({"sub": "v1", "exp": int(NOW) + 60}, key=SECRET[::-1]),
        signed({"sub": "v1", "exp": int(NOW) + 60}, kid="k2"),
        {"token": "e30.e30."},
        {"token": "opaque"},
    ],
)
def test_a_wrong_jwt_is_refused(shown: dict[str, str]) -> None:
    """Another key, id, claim or algorithm; no expiry or a late one; a future start."""
    assert refusal(CHECK, shown) is Reason.BAD


def path_hash(shown: Mapping[str, str], ask: Ask) -> str:
    """Return a hash over path and expiry."""
    return md5(f"{ask.path}{shown['expires']}k".encode()).hexdigest()  # noqa: S324 - as there


def test_a_hash_is_for_one_path_and_expiry() -> None:
    """Another path or expiry is refused."""
    check = Hashed(path_hash)
    shown = {"expires": "1800000060", "token": ""}
    shown["token"] = path_hash(shown, ASK)
    assert check.ends(shown, ASK, NOW) == NOW + 60
    assert refusal(check, shown, Ask("home", "/v/b.m3u8")) is Reason.BAD
    assert refusal(check, {**shown, "expires": "1800000061"}) is Reason.BAD
    assert refusal(check, {**shown, "expires": "soon"}) is Reason.BAD
    assert refusal(check, {"token": shown["token"]}) is Reason.BAD


def test_an_opaque_token_must_have_been_issued() -> None:
    """It contains no information itself."""
    check = Known({"t1": NOW + 5})
    assert check.ends({"token": "t1"}, ASK, NOW) == NOW + 5
    assert refusal(check, {"token": "t2"}) is Reason.BAD


def test_a_one_time_token_is_valid_for_one_request() -> None:
    """A wrong one is refused each time."""
    check = Once(Known({"t1": NOW + 5}))
    assert refusal(check, {"token": "t2"}) is Reason.BAD
    assert refusal(check, {"token": "t1"}) is None
    assert refusal(check, {"token": "t1"}) is Reason.SPENT
