"""Where a token goes on a request, and how an old one is taken out."""

import pytest

from proxy.core.placement import (
    OPEN,
    Cookie,
    Header,
    PathPart,
    Placement,
    Query,
    Reach,
    Rule,
)
from proxy.core.token import Token

TOKEN = Token({"token": "NEW.t~k-n", "kid": "k1"})
HOME = "https://cdn.example"


def rule(*placements: Placement, everything: bool = True, also: str = HOME) -> Rule:
    """Return a rule whose token is bound to HOME, and to `also`."""
    return Rule(placements, Reach(everything, frozenset({HOME, also})))


@pytest.mark.parametrize(
    ("placement", "url", "blank", "stamped"),
    [
        (Query("token"), "/v.m3u8", "/v.m3u8", "/v.m3u8?token=NEW.t~k-n"),
        (Query("token"), "/v?a=1", "/v?a=1", "/v?a=1&token=NEW.t~k-n"),
        (Query("token"), "/v?token=OLD", "/v?token=", "/v?token=NEW.t~k-n"),
        (
            Query("token"),
            "/v?a=%2B%7e&token=OLD&b=(*)+&c",
            "/v?a=%2B%7e&token=&b=(*)+&c",
            "/v?a=%2B%7e&token=NEW.t~k-n&b=(*)+&c",
        ),
        (
            Query("token"),
            "/v?token=OLD&x=1&token=OLDER",
            "/v?token=&x=1",
            "/v?token=NEW.t~k-n&x=1",
        ),
        (Query("t", "{kid}/{token}"), "/v", "/v", "/v?t=k1%2FNEW.t~k-n"),
        (PathPart(1), "/OLD/video/s.mp4", "/*/video/s.mp4", "/NEW.t~k-n/video/s.mp4"),
        (
            PathPart(2),
            "/a/OLD/s%2F.mp4?q",
            "/a/*/s%2F.mp4?q",
            "/a/NEW.t~k-n/s%2F.mp4?q",
        ),
        (PathPart(3), "/a", "/a", "/a"),
        (Header("X-Token"), "/v?a", "/v?a", "/v?a"),
        (Cookie("c"), "/v?a", "/v?a", "/v?a"),
    ],
)
def test_setting_replaces_at_its_place_and_touches_nothing_else(
    placement: Placement, url: str, blank: str, stamped: str
) -> None:
    """An echoed token is taken out where it stands, and the new one put there."""
    one = rule(placement)
    assert one.blank(HOME + url) == HOME + blank
    assert one.stamp(HOME + url, TOKEN).url == HOME + stamped
    assert one.stamp(HOME + blank, TOKEN).url == HOME + stamped


@pytest.mark.parametrize(
    ("placements", "headers"),
    [
        ((Header("Authorization", "Bearer {token}"),), "Bearer NEW.t~k-n"),
        ((Cookie("session"),), "session=NEW.t~k-n"),
        ((Cookie("a"), Cookie("b", "{kid}")), "a=NEW.t~k-n; b=k1"),
    ],
)
def test_headers_carry_the_token(
    placements: tuple[Placement, ...], headers: str
) -> None:
    """A header each; cookies share one."""
    stamped = rule(*placements).stamp(f"{HOME}/v", TOKEN)
    assert [value for _, value in stamped.headers] == [headers]


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
