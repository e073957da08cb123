"""The places of a token in the path of a URL."""

import pytest

from proxy.core.tokens.placing.path_placement import PathPart, PathPrefix
from proxy.core.tokens.placing.placement import Placement
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.token import Token

TOKEN = Token({"token": "NEW.t~k-n", "kid": "k1"})
HOME = "https://cdn.example"
BUNNY = PathPrefix("bcdn_token=", "{token}&token_path=/v/&expires={kid}")
PLACED = "/bcdn_token=NEW.t~k-n&token_path=%2Fv%2F&expires=k1"


def rule(*placements: Placement) -> Rule:
    """Return a rule whose token goes on every request to HOME."""
    return Rule(placements, Reach(everything=True, origins=frozenset({HOME})))


@pytest.mark.parametrize(
    ("placement", "url", "blank", "stamped"),
    [
        (PathPart(1), "/OLD/video/s.mp4", "/*/video/s.mp4", "/NEW.t~k-n/video/s.mp4"),
        (
            PathPart(2),
            "/a/OLD/s%2F.mp4?q",
            "/a/*/s%2F.mp4?q",
            "/a/NEW.t~k-n/s%2F.mp4?q",
        ),
        (PathPart(3), "/a", "/a", "/a"),
        (BUNNY, "/v/s%2F.ts?q=%7e", "/v/s%2F.ts?q=%7e", f"{PLACED}/v/s%2F.ts?q=%7e"),
        (BUNNY, "/bcdn_token=OLD&e=1/v/s.ts", "/v/s.ts", f"{PLACED}/v/s.ts"),
        (BUNNY, "/v/bcdn_token=a/bcdn_token=b/s.ts", "/v/s.ts", f"{PLACED}/v/s.ts"),
        (BUNNY, "/v/bcdn_token=a", "/v/bcdn_token=a", f"{PLACED}/v/bcdn_token=a"),
        (BUNNY, "", "", f"{PLACED}/"),
        (
            PathPrefix("edge-cache-token=", "KeyName={kid}&x={token}%2f", at=2),
            "/p/edge-cache-token=OLD/d/s.ts",
            "/p/d/s.ts",
            "/p/edge-cache-token=KeyName=k1&x=NEW.t~k-n%2f/d/s.ts",
        ),
        (PathPrefix("t=", at=9), "/a/s.ts", "/a/s.ts", "/a/t=NEW.t~k-n/s.ts"),
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


def test_several_parts_at_once() -> None:
    """Gcore's pair, in every URL."""
    pair = rule(PathPart(3), PathPart(4, "{kid}"))
    url = f"{HOME}/videos/7/OLD/1700000000/master.m3u8"
    assert pair.bare(url) == f"{HOME}/videos/7/*/*/master.m3u8"
    assert pair.stamp(url, TOKEN).url == f"{HOME}/videos/7/NEW.t~k-n/k1/master.m3u8"


def test_s4_a_prefix_never_goes_to_another_origin() -> None:
    """After a redirect it is removed; a path part belongs to that origin."""
    other = "https://evil.example"
    assert rule(BUNNY).clean(f"{other}/bcdn_token=OLD/v/s.ts") == f"{other}/v/s.ts"
    assert rule(PathPart(1)).clean(f"{other}/a/s.ts") == f"{other}/a/s.ts"


def test_a_relative_reference_loses_a_prefix_too() -> None:
    """The names of some references are derived from their written form."""
    assert BUNNY.remove("../bcdn_token=OLD/v/s.ts", ours=False) == "../v/s.ts"
