"""Where a token goes on a request, and how an old one is removed."""

import pytest

from proxy.core.tokens.placing.placement import (
    Basic,
    Cookie,
    Header,
    Placement,
    Query,
    QueryText,
)
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.token import Token

TOKEN = Token({"token": "NEW.t~k-n", "kid": "k1"})
HOME = "https://cdn.example"


def rule(*placements: Placement, everything: bool = True, also: str = HOME) -> Rule:
    """Return a rule whose token is bound to HOME, and to `also`."""
    return Rule(
        placements, Reach(everything=everything, origins=frozenset({HOME, also}))
    )


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
        (
            Query("hdnts", "exp=9~acl=/*~id={kid} %2f%", raw=True),
            "/v?x=1&hdnts=OLD",
            "/v?x=1&hdnts=",
            "/v?x=1&hdnts=exp=9~acl=/*~id=k1%20%2f%25",
        ),
        (
            QueryText(("P", "Signature"), "P={kid}&Signature=a=/{token}&Other=1"),
            "/v?Signature=OLD&x&P=OLD",
            "/v?Signature=&x&P=",
            "/v?Signature=a=/NEW.t~k-n&x&P=k1",
        ),
        (
            QueryText(("P", "Starts"), "P={kid}&x=3"),
            "/v?Starts=OLD&x=2",
            "/v?Starts=&x=2",
            "/v?x=2&P=k1",
        ),
        (Header("X-Token"), "/v?a", "/v?a", "/v?a"),
        (Cookie("c"), "/v?a", "/v?a", "/v?a"),
    ],
)
def test_setting_replaces_an_old_token_and_nothing_else(
    placement: Placement, url: str, blank: str, stamped: str
) -> None:
    """A token that the upstream repeated is replaced in place."""
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
        ((Basic("{kid}", "{token}å"),), "Basic azE6TkVXLnR+ay1uw6U="),
        ((Basic(""),), "Basic Ok5FVy50fmstbg=="),
    ],
)
def test_headers_carry_the_token(
    placements: tuple[Placement, ...], headers: str
) -> None:
    """Each has its own header, except cookies, which share one."""
    stamped = rule(*placements).stamp(f"{HOME}/v", TOKEN)
    assert [value for _, value in stamped.headers] == [headers]
