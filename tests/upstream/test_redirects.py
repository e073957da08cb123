"""Redirects, hop by hop, decided without sending anything."""

from urllib.parse import quote

import pytest

from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.uri_query import drop_query, set_query
from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import AddressRefusedError, RedirectRefusedError
from proxy.upstream.question import Question
from proxy.upstream.redirects import MAX_REDIRECTS, Hop, first_hop, next_hop
from tests.upstream.asking import question

TOKEN = "canary+token/1="
OWN = "https://cam.example.com"
POLICY = AddressPolicy(frozenset({OWN, "https://cdn.example.net"}))
PUBLIC = AddressPolicy(frozenset({OWN}), public=True)


def stamp(url: str) -> Stamped:
    """Put the token into the query, on the stream's own origin only."""
    if uri.origin(url) != OWN:
        return Stamped(url)
    placed = set_query(url, "token", TOKEN)
    return Stamped(placed, carried=True, secrets=frozenset({TOKEN}))


def asked(url: str = f"{OWN}/live/index.m3u8?a=1") -> Question:
    """Return a question that carries the token on its own origin."""
    return question(url, stamp=stamp)


def cleaned(url: str = f"{OWN}/live/index.m3u8") -> Question:
    """Return a question whose token is removed from URLs that the upstream sends."""
    return question(url, stamp=stamp, clean=lambda url: drop_query(url, {"token"}))


def follow(location: str, policy: AddressPolicy = POLICY) -> Hop:
    """Follow one redirect from the stream's entry."""
    return next_hop(first_hop(asked(), policy), location.encode(), asked(), policy)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("other.m3u8", f"{OWN}/live/other.m3u8"),
        ("/x?y#z", f"{OWN}/x?y"),
        ("//cam.example.com/x", f"{OWN}/x"),
        (f"{OWN}:443/a%2Fb", f"{OWN}:443/a%2Fb"),
    ],
)
def test_a_hop_on_the_own_origin_gets_the_token_again(location: str, url: str) -> None:
    """Its URL is kept without the token, and sent with it."""
    hop = follow(location)
    assert hop.url == url
    assert hop.stamped.carried
    assert quote(TOKEN, safe="") in hop.stamped.url


def test_s4_a_hop_on_another_origin_has_no_token() -> None:
    """It is allowed, but the token is not for it."""
    hop = follow("https://cdn.example.net/x?sig=1")
    assert hop.stamped == Stamped("https://cdn.example.net/x?sig=1")


@pytest.mark.parametrize(
    ("location", "policy"),
    [
        ("http://cam.example.com/x", POLICY),
        ("http://cam.example.com/x", PUBLIC),
        ("https://evil.example.org/x", POLICY),
        ("https://cam.example.com:8443/x", POLICY),
        ("https://127.0.0.1/x", PUBLIC),
        ("https://[::1]/x", PUBLIC),
        ("https://2130706433/x", PUBLIC),
        ("ftp://cam.example.com/x", PUBLIC),
        ("file:///etc/passwd", PUBLIC),
        ("javascript:alert(1)", PUBLIC),
        ("https://", PUBLIC),
    ],
)
def test_s4_a_redirect_that_policy_forbids_is_not_followed(
    location: str, policy: AddressPolicy
) -> None:
    """To another origin, to a private address, or from TLS to plain text."""
    with pytest.raises(RedirectRefusedError) as caught:
        follow(location, policy)
    assert location not in str(caught.value)


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_s4_a_target_that_contains_the_token_is_not_followed(times: int) -> None:
    """However often it is percent-encoded, and anywhere in the URL."""
    echoed = TOKEN
    for _ in range(times):
        echoed = quote(echoed, safe="")
    with pytest.raises(RedirectRefusedError, match="gives the token away"):
        follow(f"https://cdn.example.net/{echoed}/x")


def test_s4_a_token_of_an_earlier_hop_is_still_recognised() -> None:
    """It may come back in the second redirect."""
    first = follow("https://cdn.example.net/x")
    with pytest.raises(RedirectRefusedError, match="gives the token away"):
        next_hop(first, f"/y?t={quote(TOKEN)}".encode(), asked(), POLICY)


def test_s4_a_repeated_token_is_removed_first() -> None:
    """By its place in the URL; the rest is followed."""
    start = first_hop(cleaned(), POLICY)
    target = f"https://cdn.example.net/x?token={quote(TOKEN)}&a=1"
    hop = next_hop(start, target.encode(), cleaned(), POLICY)
    assert hop.url == hop.stamped.url == "https://cdn.example.net/x?a=1"


@pytest.mark.parametrize("secret", ["1", "1700000000", "key-1"])
def test_a_common_value_does_not_stop_a_redirect(
    secret: str,
) -> None:
    """Dates and short names are part of tokens, and of many other URLs."""

    def marked(url: str) -> Stamped:
        secrets = frozenset({secret})
        carried = uri.origin(url) == OWN
        return Stamped(
            url, carried=carried, secrets=secrets if carried else frozenset()
        )

    ask = question(f"{OWN}/x", stamp=marked)
    hop = next_hop(
        first_hop(ask, POLICY),
        f"https://cdn.example.net/{secret}".encode(),
        ask,
        POLICY,
    )
    assert hop.number == 1


def test_a_chain_is_limited() -> None:
    """Five redirects are followed, the sixth is refused."""
    hop = first_hop(asked(), POLICY)
    for number in range(MAX_REDIRECTS):
        hop = next_hop(hop, b"/%d" % number, asked(), POLICY)
    with pytest.raises(RedirectRefusedError, match="more than 5"):
        next_hop(hop, b"/again", asked(), POLICY)


def test_the_policy_applies_to_the_first_hop_too() -> None:
    """To the sent URL: a token may be a whole URL on another origin."""
    with pytest.raises(AddressRefusedError):
        first_hop(question("https://evil.example.org/x"), POLICY)
    elsewhere = question(
        f"{OWN}/x", stamp=lambda _: Stamped("https://127.0.0.1/x", carried=True)
    )
    with pytest.raises(AddressRefusedError):
        first_hop(elsewhere, PUBLIC)


def test_a_target_is_relative_to_the_sent_url() -> None:
    """If a token is a whole URL, that URL answered."""
    ask = question(f"{OWN}/x", stamp=lambda url: Stamped(url.replace("/x", "/a/b/x")))
    hop = next_hop(first_hop(ask, POLICY), b"../y", ask, POLICY)
    assert hop.url == f"{OWN}/a/y"


def test_a_hop_shows_nothing() -> None:
    """Its URLs contain tokens of ours or of the platform."""
    text = repr(first_hop(asked(), POLICY)) + repr(asked())
    assert TOKEN not in text
    assert "example" not in text
