"""Which requests get the token of a stream, and what is sent then."""

import pytest

from proxy.core.placement import Header, PathPart, Placement, Query
from proxy.core.rule import OPEN, Reach, Rule, gives_away
from proxy.core.token import Token

TOKEN = Token({"token": "NEW.t~k-n", "kid": "k1"})
HOME = "https://cdn.example"


def rule(*placements: Placement, everything: bool = True, also: str = HOME) -> Rule:
    """Return a rule whose token is bound to HOME, and to `also`."""
    return Rule(placements, Reach(everything, frozenset({HOME, also})))


@pytest.mark.parametrize(
    ("url", "entry", "everything", "carried"),
    [
        (f"{HOME}/v", True, False, True),
        (f"{HOME}/v", False, False, False),
        (f"{HOME}/v", False, True, True),
        ("HTTPS://CDN.Example:443/v", False, True, True),
        ("https://edge.example/v", False, True, True),
        ("https://cdn.example:8443/v", True, True, False),
        ("http://cdn.example/v", True, True, False),
        ("https://cdn.example.evil/v", True, True, False),
        ("https://cdn.example@evil/v", True, True, False),
    ],
)
def test_the_token_goes_only_where_reach_allows(
    url: str, *, entry: bool, everything: bool, carried: bool
) -> None:
    """By role and by origin; another port or scheme is another origin."""
    placements = (Query("token"), Header("X-Token"))
    reach = rule(*placements, everything=everything, also="https://edge.example")
    stamped = reach.stamp(url, TOKEN, entry=entry)
    assert stamped.carried is carried
    assert ("NEW" in stamped.url) is carried
    assert bool(stamped.headers) is carried


def test_a_url_that_the_platform_signed_stays_as_it_is() -> None:
    """Out of reach by role on the token's own origin: the platform's business."""
    signed = f"{HOME}/v?token=PLATFORMS&signature=a%2Bb%3D"
    assert rule(Query("token"), everything=False).blank(signed) == signed


def test_s4_a_redirect_to_another_origin_loses_an_echo() -> None:
    """A token never reaches an origin it is not bound to, not by an echo either."""
    echoed = "https://evil.example/v?a=1&TOKEN=OLD&b"
    assert rule(Query("token")).clean(echoed) == "https://evil.example/v?a=1&b"


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("/OLD/v?token=OLD", "/*/v"),
        ("/OLD/v?x=1&token=OLD", "/*/v?x=1"),
        ("/OLD/v", "/*/v"),
    ],
)
def test_names_come_from_the_url_without_the_token(url: str, bare: str) -> None:
    """Whether the upstream echoed a token or not makes no other name."""
    assert rule(Query("token"), PathPart(1)).bare(HOME + url) == HOME + bare


def test_a_secret_never_prints() -> None:
    """Neither the token nor what was stamped with it shows in a repr."""
    placements = (Query("token"), Header("X-Token"))
    stamped = rule(*placements).stamp(f"{HOME}/v", TOKEN)
    assert "NEW" not in repr(TOKEN) + repr(stamped)
    assert stamped.secrets == {"NEW.t~k-n", "k1"}


def test_an_open_stream_is_stamped_with_nothing() -> None:
    """No placement, no reach, no token."""
    url = f"{HOME}/v?token=x"
    assert OPEN.stamp(url, None, entry=True).url == OPEN.blank(url) == url


@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("https://h/?t=NEW.t~k-n", True),
        ("https://h/NEW%2Et%7Ek-n/s.ts", True),
        ("https://h/?to=https%3A%2F%2Fh%3Ft%3DNEW%252Et~k-n", True),
        ("https://h/?kid=k1&e=1700000000", False),
        ("https://h/%zz", False),
    ],
)
def test_a_token_is_seen_through_its_encoding(text: str, *, gives: bool) -> None:
    """Short values and dates stand in any URL and open nothing."""
    secrets = {"NEW.t~k-n", "k1", "1700000000"}
    assert gives_away(text, secrets) is gives
