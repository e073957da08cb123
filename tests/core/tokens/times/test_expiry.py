"""When a token expires, from everything that is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.expiry import Told, end_of, end_there
from proxy.errors import ExpiryError
from tests.core.ends import VALUES, jwt_of

NOW = 1_800_000_000.0
INNER = f"exp={int(NOW) + 40}~acl=/*~hmac=a1b2"


def jwt(lives: float, *, age: float = 0, clock: float = NOW) -> str:
    """Return a JWT issued `age` seconds ago by a clock, for `lives` seconds."""
    return jwt_of({"iat": clock - age, "exp": clock - age + lives})


@pytest.mark.parametrize(
    ("told", "lives"),
    [
        (Told(), None),
        (Told(texts=("opaque",)), None),
        (Told(expires_in=60), 60),
        (Told(expires_in="60"), 60),
        (Told(expires_at=NOW + 60), 60),
        (Told(expires_at=(NOW + 60) * 1000), 60),
        (Told(expires_at="2027-01-15T08:01:00Z"), 60),
        (Told(texts=(jwt(60),)), 60),
        (Told(texts=("opaque", INNER)), 40),
        (Told(ttl=90), 90),
        (Told(expires_in=60, ttl=30), 60),
        (Told(texts=(jwt(60),), ttl=30), 60),
        (Told(expires_in=60, expires_at=NOW + 50), 50),
        (Told(expires_in=60, texts=(jwt(50),)), 50),
        (Told(expires_in=60, texts=(jwt(3600), INNER)), 40),
        (Told(expires_in=3600, texts=(jwt(60, age=20),)), 40),
    ],
    ids=range(16),
)
def test_the_shortest_stated_lifetime_counts(told: Told, lives: float | None) -> None:
    """A configured one only counts if nothing is stated; otherwise it is unknown."""
    end = end_of(told, now=NOW)
    assert end == (None if lives is None else NOW + lives)


@pytest.mark.parametrize("ahead", [-7200.0, 0.0, 7200.0])
@pytest.mark.parametrize("age", [0, 20])
def test_our_own_wrong_clock_does_not_matter(ahead: float, age: float) -> None:
    """The service's clock, as in its answer, counts."""
    theirs = NOW + ahead
    token = jwt(60, age=age, clock=theirs)
    for told in (
        Told(texts=(token,)),
        Told(expires_at=theirs - age + 60),
        Told(texts=(f"exp={int(theirs) - age + 60}~hmac=a1b2",)),
    ):
        assert end_of(told, now=NOW, theirs=theirs) == NOW + 60 - age


@pytest.mark.parametrize("value", [0, -1, "abc", 1e18, "", True, [], {}])
def test_an_unreadable_expiry_is_an_error(value: object) -> None:
    """It is never ignored, even if something else states one."""
    for told in (
        Told(expires_in=value, ttl=60),
        Told(expires_at=value, ttl=60),
        Told(expires_in=60, expires_at=value),
        Told(expires_in=60, texts=(jwt_of({"exp": value}),)),
    ):
        with pytest.raises(ExpiryError):
            end_of(told, now=NOW)


@pytest.mark.parametrize(
    "told",
    [
        Told(expires_at=NOW),
        Told(expires_in=3600, expires_at=NOW - 1),
        Told(expires_in=3600, texts=(jwt(60, age=60),)),
        Told(texts=(f"exp={int(NOW) - 1}~hmac=a1b2",)),
        Told(expires_at=1, ttl=60),
    ],
    ids=range(5),
)
def test_an_expired_token_is_an_error(told: Told) -> None:
    """By any of the stated times."""
    with pytest.raises(ExpiryError, match="expired"):
        end_of(told, now=NOW)


@given(
    VALUES,
    VALUES,
    st.lists(st.text() | VALUES.map(lambda value: jwt_of({"exp": str(value)}))),
    st.none() | st.floats(0, 4e9),
)
def test_nothing_but_its_own_error_is_raised(
    expires_in: object, expires_at: object, texts: list[str], theirs: float | None
) -> None:
    """For any answer; and a returned expiry is in the future."""
    told = Told(expires_in, expires_at, texts=tuple(texts), ttl=60)
    try:
        end = end_of(told, now=NOW, theirs=theirs)
    except ExpiryError:
        return
    assert end is not None
    assert end > NOW


def test_the_repr_shows_no_token() -> None:
    """The texts are the token."""
    assert "canary" not in repr(Told(texts=("canary",)))


@pytest.mark.parametrize("fraction", [0.0, 0.5, 0.999])
def test_a_date_without_fraction_extends_no_life(fraction: float) -> None:
    """With equal clocks, a token of whole seconds expires when it says."""
    now = NOW + fraction
    told = Told(expires_at=NOW + 5)
    assert end_of(told, now=now, theirs=NOW) == NOW + 5


@pytest.mark.parametrize(
    ("told", "theirs", "there"),
    [
        (Told(), None, None),
        (Told(expires_in=5), None, 5),
        (Told(expires_in=5), NOW + 5, 10),
        (Told(expires_in=5), NOW - 5, 5),
        (Told(texts=(jwt_of({"exp": NOW + 10}),)), NOW + 5, 10),
        (Told(texts=(jwt_of({"iat": NOW + 5, "exp": NOW + 10}),)), None, 10),
        (Told(expires_in=3, texts=(jwt_of({"exp": NOW + 10}),)), NOW + 5, 8),
    ],
    ids=range(7),
)
def test_the_expiry_by_the_services_clock_is_known_too(
    told: Told, theirs: float | None, there: float | None
) -> None:
    """Its skew comes from `Date` or `iat`."""
    end = end_of(told, now=NOW, theirs=theirs)
    found = end_there(told, end, now=NOW, theirs=theirs)
    assert found == (None if there is None else NOW + there)
