"""Which requests get the token of a stream, and what is sent."""

from dataclasses import replace
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.placing.path_placement import PathPart, PathPrefix
from proxy.core.tokens.placing.placement import (
    Basic,
    Header,
    Placement,
    Query,
    QueryText,
)
from proxy.core.tokens.placing.rule import (
    OPEN,
    Reach,
    Rule,
    WholeUrl,
)
from proxy.core.tokens.secrets.recogniser import gives_away
from proxy.core.tokens.token import Token

TOKEN = Token({"token": "NEW.t~k-n", "kid": "k1"})
HOME = "https://cdn.example"


def rule(*placements: Placement, everything: bool = True, also: str = HOME) -> Rule:
    """Return a rule whose token is bound to HOME, and to `also`."""
    return Rule(
        placements, Reach(everything=everything, origins=frozenset({HOME, also}))
    )


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


_PAIRS = st.lists(
    st.sampled_from(
        ["AUTH=stale", "auth", "a%75th=1", "Sig=x", "sig=", "a=1", "b", "", "authx=2"]
    ),
    max_size=6,
)


@given(pairs=_PAIRS, exclusive=st.booleans())
def test_what_is_signed_is_what_is_sent(pairs: list[str], *, exclusive: bool) -> None:
    """Without the token's own parameters, in upper or lower case."""
    names = ("auth", "sig")
    placements = (Query("auth"), QueryText(("sig",), "sig={token}"))
    one = replace(rule(*placements), exclusive=exclusive)
    url = f"{HOME}/v.m3u8?{'&'.join(pairs)}"
    sent = one.stamp(url, TOKEN).url
    query = sent.partition("?")[2].split("&")
    own = [pair for pair in query if unquote(pair.partition("=")[0]) in names]
    assert own == [pair for pair in own if pair.endswith("=NEW.t~k-n")]
    assert len(own) == len(names)
    rest = [pair for pair in query if pair not in own]
    signed = one.signable(url).partition("?")[2]
    text = "&".join(rest)
    assert signed in {text, text.removesuffix("&")}


def test_a_url_that_the_platform_signed_stays_unchanged() -> None:
    """On the token's own origin, but out of reach by role."""
    signed = f"{HOME}/v?token=PLATFORMS&signature=a%2Bb%3D"
    assert rule(Query("token"), everything=False).blank(signed) == signed


def test_s4_a_redirect_to_another_origin_loses_an_echo() -> None:
    """Not even a repeated token reaches an origin that it is not bound to."""
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
    """A token repeated by the upstream does not change the name."""
    assert rule(Query("token"), PathPart(1)).bare(HOME + url) == HOME + bare


def test_a_secret_never_prints() -> None:
    """No repr shows the token, or a request that carries it."""
    placements = (Query("token"), Header("X-Token"))
    stamped = rule(*placements).stamp(f"{HOME}/v", TOKEN)
    assert "NEW" not in repr(TOKEN) + repr(stamped)
    assert stamped.secrets == {"NEW.t~k-n", "k1"}


def test_an_open_stream_is_stamped_with_nothing() -> None:
    """No placement, no reach, no token."""
    url = f"{HOME}/v?token=x"
    assert OPEN.stamp(url, None, entry=True).url == OPEN.blank(url) == url


def test_an_exclusive_token_is_the_only_parameter() -> None:
    """Mux refuses a URL with any other parameter, even a player's."""
    alone = Rule(
        (Query("token"), Query("kid", "{kid}")),
        Reach(everything=False, origins=frozenset({HOME})),
        exclusive=True,
    )
    url = f"{HOME}/v.m3u8?maxResolution=720p&Token&token=OLD&_HLS_skip=YES"
    stamped = alone.stamp(url, replace(TOKEN, until=7.0), entry=True)
    assert stamped.until == 7.0
    assert stamped.url == f"{HOME}/v.m3u8?token=NEW.t~k-n&kid=k1"
    assert alone.stamp(url, TOKEN).url == url


def test_a_token_that_is_a_url_replaces_the_entrys_url() -> None:
    """A player's parameters are added; other requests carry none of it."""
    entry = f"{HOME}/v.m3u8?x=1"
    whole = Rule(
        (Header("X-Kid", "{kid}"),),
        Reach(everything=False, origins=frozenset({HOME})),
        whole=WholeUrl(entry, "{link}"),
    )
    fields = {"link": "https://cdn/a/v.m3u8?sig=CANARY%2F1234", "kid": "k1"}
    token = Token(fields, until=7.0)
    sent = whole.stamp(f"{entry}&_HLS_msn=1", token, entry=True)
    assert sent.url == "https://cdn/a/v.m3u8?sig=CANARY%2F1234&_HLS_msn=1"
    assert (sent.headers, sent.carried, sent.moved) == ((), True, True)
    assert sent.until == 7.0
    assert sent.secrets >= {"CANARY%2F1234", "CANARY/1234"}
    ours = whole.stamp(entry, Token({"kid": "k"}, url=f"{HOME}/b"), entry=True)
    assert (ours.url, ours.headers) == (f"{HOME}/b", (("X-Kid", "k"),))
    hop = whole.stamp(f"{HOME}/c", token, entry=True)
    assert (hop.url, hop.moved, hop.handed_on) == (f"{HOME}/c", False, True)
    assert whole.stamp(f"{HOME}/s.ts", token).url == f"{HOME}/s.ts"
    assert "CANARY" not in repr(sent) + repr(whole)


parts = st.text("aB1.~-_%2F=&*+", min_size=1, max_size=12).map(
    lambda text: quote(text, safe="~=&*+")
)
queries = st.lists(
    st.sampled_from(["token=OLD", "t%6Fken=O", "x=%7e", "x", "Sig=a=b", "e=1", "+"])
)
placements = st.lists(
    st.sampled_from(
        [
            Query("token", "a/{token}=="),
            Query("token", "a/{token}==", raw=True),
            QueryText(("Sig", "e"), "e={kid}&Sig={token}=="),
            PathPart(1),
            Header("X-Token"),
        ]
    ),
    unique=True,
    max_size=3,
)
prefixes = st.lists(st.just(PathPrefix("bcdn_token=", "{token}&e=/{kid}/")), max_size=1)
tokens = st.builds(
    lambda one, two: Token({"token": f"SECRET{one}", "kid": two}),
    st.text("aZ9-_~.%/", max_size=12),
    st.text("k1/", min_size=1, max_size=4),
)


@given(
    placements,
    prefixes,
    st.lists(parts, min_size=1, max_size=4),
    queries,
    tokens,
    tokens,
)
def test_a_token_leaves_no_trace_and_changes_no_name(
    chosen: list[Placement],
    prefix: list[Placement],
    path: list[str],
    query: list[str],
    token: Token,
    newer: Token,
) -> None:
    """Requests stay the same; names never depend on the token."""
    one = rule(*chosen, *prefix)
    written = f"{HOME}/{'/'.join(path)}" + (f"?{'&'.join(query)}" if query else "")
    url = one.blank(written)
    sent, later = one.stamp(url, token).url, one.stamp(url, newer).url
    assert one.stamp(one.blank(sent), token).url == sent
    assert one.stamp(one.blank(sent), newer).url == later
    assert one.bare(sent) == one.bare(later) == one.bare(url)
    assert "SECRET" not in one.bare(sent) + one.blank(sent)


def test_s4_each_part_of_a_signed_query_is_a_secret() -> None:
    """The upstream may repeat the parameters in another order."""
    text = "Expires=1800000000&KeyName=prod-live&Signature=3Wd9Yb1Qn0sVf7aKz2mXuA=="
    names = ("Expires", "KeyName", "Signature")
    stamped = rule(QueryText(names)).stamp(
        f"{HOME}/v?Signature=&x=1", Token({"token": text})
    )
    echo = f"https://edge.example/gate?to={quote(stamped.url, safe='')}"
    assert gives_away(echo, stamped.secrets)
    assert not gives_away("https://edge.example/prod-live/v", stamped.secrets)


def test_s4_a_short_value_with_a_secret_name_is_a_secret() -> None:
    """Its key's id is not secret."""
    text = "Expires=1800000000&Key-Pair-Id=KPAIRID12345&Signature=SiG~3Wd9Yb"
    names = ("Expires", "Key-Pair-Id", "Signature")
    stamped = rule(QueryText(names)).stamp(f"{HOME}/v", Token({"token": text}))
    assert gives_away("https://edge.example/?s=SiG~3Wd9Yb", stamped.secrets)
    assert not gives_away("https://edge.example/KPAIRID12345", stamped.secrets)


def test_s4_folders_of_a_token_that_is_a_url_are_hidden() -> None:
    """They may appear in the URLs that it leads to."""
    reach = Reach(everything=False, origins=frozenset({HOME}))
    whole = Rule((), reach, whole=WholeUrl(f"{HOME}/vod/v.m3u8"))
    token = Token({}, url="https://cdn.example/vod/4f2a9c1b-7d3e-4b7a/v.m3u8?sig=abc")
    sent = whole.stamp(f"{HOME}/vod/v.m3u8", token, entry=True)
    assert sent.secrets == {"abc"}
    assert sent.unseen == {"4f2a9c1b-7d3e-4b7a"}


def test_s4_a_password_is_a_secret_as_it_is_sent() -> None:
    """Basic authentication sends it together with its user, in base64."""
    token = Token({"user": "lobby", "password": "open sesame"})
    stamped = rule(Basic("{user}", "{password}")).stamp(f"{HOME}/v", token)
    assert gives_away(
        "https://edge.example/?a=bG9iYnk6b3BlbiBzZXNhbWU=", stamped.secrets
    )
