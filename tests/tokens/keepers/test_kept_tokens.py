"""The tokens of a keeper, and when a new one replaces the old one."""

import pytest

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.token import Token
from proxy.tokens.keepers.kept_tokens import MOST_COMING, KeptTokens

NOW = 1_800_000_000.0


def token(name: str, *, start: float | None = None) -> Token:
    """Return a token of an hour that may be sent after this many seconds."""
    start = None if start is None else NOW + start
    return Token({"token": name}, NOW + 3600, not_before=start)


def life(seconds: float) -> Life:
    """Return the life of a token that was issued now."""
    return Life.of(NOW, NOW + seconds, draw=0.5)


def test_a_token_without_nbf_is_used_at_once() -> None:
    """With the next generation."""
    tokens = KeptTokens()
    assert tokens.phase(NOW) is Phase.UNUSABLE
    assert tokens.take(token("a"), life(60), NOW, replaces=False) == (True, True)
    assert (tokens.generation, tokens.phase(NOW)) == (1, Phase.FRESH)
    assert tokens.begins_in(NOW) is None


def test_a_future_token_is_used_once_it_is_valid() -> None:
    """The old one is used meanwhile; the next refresh depends on the new one."""
    tokens = KeptTokens()
    tokens.take(token("a"), life(60), NOW, replaces=False)
    tokens.take(token("b", start=50), life(90), NOW + 45, replaces=False)
    tokens.come(NOW + 45)
    assert tokens.kept is not None
    assert tokens.kept.token.fields == {"token": "a"}
    assert tokens.begins_in(NOW + 45) == 5
    assert tokens.latest == life(90)
    tokens.come(NOW + 50)
    assert tokens.kept.generation == tokens.generation == 2
    assert tokens.life == life(90)


def test_a_token_that_expires_before_it_begins_is_dropped() -> None:
    """It would never become valid."""
    tokens = KeptTokens()
    tokens.measured(0.0)
    tokens.take(token("a", start=500), life(60), NOW, replaces=False)
    tokens.come(NOW + 61)
    assert tokens.begins_in(NOW + 61) is None
    assert tokens.generation == 0


def test_the_same_token_is_not_new_while_it_waits() -> None:
    """Whether it is used already or not."""
    tokens = KeptTokens()
    for expected in ((True, True), (False, False)):
        taken = tokens.take(token("a", start=5), life(60), NOW, replaces=False)
        assert taken == expected


def test_only_a_token_that_was_too_early_is_put_back() -> None:
    """It comes back with another generation."""
    tokens = KeptTokens()
    tokens.take(token("a", start=600), life(3600), NOW, replaces=False)
    tokens.come(NOW)
    assert tokens.generation == 1
    tokens.measured(0.0)
    assert tokens.recede(NOW + 1)
    assert tokens.phase(NOW + 1) is Phase.UNUSABLE
    assert not tokens.recede(NOW + 1)
    tokens.come(NOW + 600)
    assert tokens.generation == 2
    assert not tokens.recede(NOW + 600)


def test_the_current_token_shows_until_when() -> None:
    """By our clock and its known skew, minus a margin."""
    tokens = KeptTokens()
    tokens.take(token("a"), life(60), NOW, replaces=False)
    assert tokens.kept is not None
    assert tokens.kept.token.until == pytest.approx(NOW + 58.8)
    tokens.measured(10)
    assert tokens.kept.token.until == pytest.approx(NOW + 48.8)
    assert tokens.kept.generation == 1


def test_a_token_of_unknown_expiry_shows_none() -> None:
    """It is used until it is refused."""
    tokens = KeptTokens()
    unknown = Life.of(NOW, None, draw=0.5)
    tokens.take(Token({"token": "a"}), unknown, NOW, replaces=False)
    tokens.measured(10)
    assert tokens.kept is not None
    assert tokens.kept.token.until is None


def test_future_tokens_are_used_in_order() -> None:
    """A newer one never replaces one that becomes valid sooner."""
    tokens = KeptTokens()
    tokens.measured(0.0)
    for number in range(1, 4):
        new = token(str(number), start=5.0 * number)
        tokens.take(new, life(5.0 * number + 10), NOW, replaces=False)
    for number in range(1, 4):
        assert tokens.begins_in(NOW) == 5.0 * number
        tokens.come(NOW + 5 * number)
        assert tokens.kept is not None
        assert tokens.kept.token.fields == {"token": str(number)}
    assert tokens.begins_in(NOW) is None


def test_the_number_of_waiting_tokens_is_limited() -> None:
    """One more counts as no progress, so the source is not called soon."""
    tokens = KeptTokens()
    tokens.measured(0.0)
    progress = [
        tokens.take(
            token(str(n), start=500.0 + n), life(900.0 + n), NOW, replaces=False
        )
        for n in range(MOST_COMING + 2)
    ]
    assert progress == [(True, True)] * MOST_COMING + [(False, True)] * 2
    assert tokens.room_in(NOW) == 500.0
    tokens.come(NOW + 500)
    assert tokens.room_in(NOW + 500) == 0.0
