"""The token of one request, at each redirect and retry; a one-time token only once."""

from dataclasses import replace

from proxy.core.tokens.placing.placement import Cookie, Query
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.token import KeptToken, Token
from proxy.fetch.stamping import OwnHeaders, Stamper
from tests.streams.built import Tokens

HOME = "https://h"
RULE = Rule((Query("token"),), Reach(everything=False, origins=frozenset({HOME})))
OWN = OwnHeaders((("X-Api-Key", "CANARY"),), frozenset({HOME}))


def stamper(kept: KeptToken | None, *, entry: bool = True) -> Stamper:
    """Return a stamper with this token."""
    return Stamper(RULE, OWN, keeper=Tokens(generation=7), entry=entry, kept=kept)


def test_every_hop_within_reach_gets_the_token() -> None:
    """And on the stream's own origins its configured headers."""
    one = stamper(KeptToken(Token({"token": "T"}), 1))
    for _ in range(2):
        sent = one.stamp(f"{HOME}/v")
        assert (sent.url, sent.headers) == (f"{HOME}/v?token=T", OWN.fields)
    assert one.stamp("https://evil/v").url == "https://evil/v"
    assert one.stamp("https://evil/v").headers == ()


def test_a_configured_cookie_is_joined_with_the_tokens() -> None:
    """In one field, because a request has no more than one."""
    rule = replace(RULE, placements=(Cookie("sid"),))
    own = OwnHeaders((("Cookie", "consent=1; sid=old"),), frozenset({HOME}))
    kept = KeptToken(Token({"token": "T"}), 1)
    one = Stamper(rule, own, keeper=Tokens(generation=1), entry=True, kept=kept)
    assert one.stamp(f"{HOME}/v").headers == (("Cookie", "consent=1; sid=T"),)


def test_a_one_time_token_is_sent_once() -> None:
    """The answer after a redirect still counts for it."""
    one = stamper(KeptToken(Token({"token": "T"}), 1, once=True))
    first, second = one.stamp(f"{HOME}/v"), one.stamp(f"{HOME}/w")
    assert (first.carried, first.handed_on) == (True, True)
    assert (second.url, second.carried) == (f"{HOME}/w", False)


async def test_a_retry_carries_the_current_token() -> None:
    """A spent one is replaced as well."""
    one = stamper(KeptToken(Token({"token": "T"}), 1, once=True))
    one.stamp(f"{HOME}/v")
    assert (await one.again(f"{HOME}/v")).url == f"{HOME}/v?token=TOKEN-7"
    assert one.kept is not None
    assert one.kept.generation == 7


async def test_a_request_without_a_token_asks_no_keeper() -> None:
    """For a child that the platform signed."""
    one = stamper(None, entry=False)
    assert (await one.again(f"{HOME}/s")).url == f"{HOME}/s"
    assert one.kept is None


def test_each_url_is_signed_as_it_is_sent() -> None:
    """Without the token's own parameter, and without parts that are not sent."""
    signed: list[str] = []

    def sign(url: str) -> Token:
        signed.append(url)
        return Token({"token": "S"})

    one = stamper(KeptToken(Token({}), 1, sign=sign))
    assert one.stamp(f"{HOME}/v?token=&x=%7e").url == f"{HOME}/v?token=S&x=%7e"
    one.rule = replace(RULE, exclusive=True)
    assert one.stamp(f"{HOME}/v?token=&x=%7e").url == f"{HOME}/v?token=S"
    one.stamp("https://evil/v")
    assert signed == [f"{HOME}/v?x=%7e", f"{HOME}/v"]


def test_a_stamper_shows_no_secret() -> None:
    """Neither the token nor the stream's headers."""
    shown = repr(stamper(KeptToken(Token({"token": "CANARY"}), 1)))
    assert "CANARY" not in shown
