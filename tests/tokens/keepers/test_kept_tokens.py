"""What a keeper holds, and when a new token takes the place of the old."""

import pytest

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.token import Token
from proxy.tokens.keepers.kept_tokens import MOST_COMING, Holding

NOW = 1_800_000_000.0


def token(name: str, *, start: float | None = None) -> Token:
    """Return a token of an hour that may be sent so many seconds from now on."""
    start = None if start is None else NOW + start
    return Token({"token": name}, NOW + 3600, not_before=start)


def life(seconds: float) -> Life:
    """Return the life of a token that was issued now."""
    return Life.of(NOW, NOW + seconds, draw=0.5)


def test_a_token_without_a_begin_serves_at_once() -> None:
    """With the next number."""
    holding = Holding()
    assert holding.phase(NOW) is Phase.UNUSABLE
    assert holding.take(token("a"), life(60), NOW, replaces=False) == (True, True)
    assert (holding.generation, holding.phase(NOW)) == (1, Phase.FRESH)
    assert holding.begins_in(NOW) is None


def test_a_token_of_the_future_comes_when_its_time_has_come() -> None:
    """The old one serves meanwhile; when to ask again goes by the new one."""
    holding = Holding()
    holding.take(token("a"), life(60), NOW, replaces=False)
    holding.take(token("b", start=50), life(90), NOW + 45, replaces=False)
    holding.come(NOW + 45)
    assert holding.kept is not None
    assert holding.kept.token.fields == {"token": "a"}
    assert holding.begins_in(NOW + 45) == 5
    assert holding.latest == life(90)
    holding.come(NOW + 50)
    assert holding.kept.generation == holding.generation == 2
    assert holding.life == life(90)


def test_a_token_that_ends_before_it_begins_is_forgotten() -> None:
    """Nothing is waited for that never comes."""
    holding = Holding()
    holding.measured(0.0)
    holding.take(token("a", start=500), life(60), NOW, replaces=False)
    holding.come(NOW + 61)
    assert holding.begins_in(NOW + 61) is None
    assert holding.generation == 0


def test_the_same_token_again_is_not_new_while_it_waits() -> None:
    """Whether it serves already or not."""
    holding = Holding()
    for expected in ((True, True), (False, False)):
        taken = holding.take(token("a", start=5), life(60), NOW, replaces=False)
        assert taken == expected


@pytest.mark.parametrize(
    ("issuer", "upstream", "skew"),
    [(None, None, 0.0), (9.0, None, 9.0), (9.0, 2.0, 2.0), (None, 2.0, 2.0)],
)
def test_the_upstreams_clock_counts_before_the_issuers(
    issuer: float | None, upstream: float | None, skew: float
) -> None:
    """It is the one that judges the token."""
    holding = Holding()
    if issuer is not None:
        holding.measured(issuer, issuer=True)
    if upstream is not None:
        holding.measured(upstream)
    assert holding.skew == skew


def test_only_a_token_that_was_too_soon_recedes() -> None:
    """And comes back under another number."""
    holding = Holding()
    holding.take(token("a", start=600), life(3600), NOW, replaces=False)
    holding.come(NOW)
    assert holding.generation == 1
    holding.measured(0.0)
    assert holding.recede(NOW + 1)
    assert holding.phase(NOW + 1) is Phase.UNUSABLE
    assert not holding.recede(NOW + 1)
    holding.come(NOW + 600)
    assert holding.generation == 2
    assert not holding.recede(NOW + 600)


def test_the_token_that_serves_says_until_when() -> None:
    """By our clock, as far as its skew is known; a margin is kept back."""
    holding = Holding()
    holding.take(token("a"), life(60), NOW, replaces=False)
    assert holding.kept is not None
    assert holding.kept.token.until == pytest.approx(NOW + 58.8)
    holding.measured(10)
    assert holding.kept.token.until == pytest.approx(NOW + 48.8)
    assert holding.kept.generation == 1


def test_a_token_without_a_known_end_says_none() -> None:
    """It is used until it is refused."""
    holding = Holding()
    unknown = Life.of(NOW, None, draw=0.5)
    holding.take(Token({"token": "a"}), unknown, NOW, replaces=False)
    holding.measured(10)
    assert holding.kept is not None
    assert holding.kept.token.until is None


def test_tokens_of_the_future_come_one_after_the_other() -> None:
    """A newer one never takes the place of one whose time comes sooner."""
    holding = Holding()
    holding.measured(0.0)
    for number in range(1, 4):
        new = token(str(number), start=5.0 * number)
        holding.take(new, life(5.0 * number + 10), NOW, replaces=False)
    for number in range(1, 4):
        assert holding.begins_in(NOW) == 5.0 * number
        holding.come(NOW + 5 * number)
        assert holding.kept is not None
        assert holding.kept.token.fields == {"token": str(number)}
    assert holding.begins_in(NOW) is None


def test_so_many_wait_and_no_more() -> None:
    """One more is no progress: nobody is asked for it soon."""
    holding = Holding()
    holding.measured(0.0)
    progress = [
        holding.take(
            token(str(n), start=500.0 + n), life(900.0 + n), NOW, replaces=False
        )
        for n in range(MOST_COMING + 2)
    ]
    assert progress == [(True, True)] * MOST_COMING + [(False, True)] * 2
    assert holding.room_in(NOW) == 500.0
    holding.come(NOW + 500)
    assert holding.room_in(NOW + 500) == 0.0


def test_what_the_issuers_clock_says_is_not_counted_twice() -> None:
    """An end by the upstream's clock is shortened by no other."""
    dated = Life.of(NOW, NOW + 10, draw=0.5, dated=0.0)
    holding = Holding()
    holding.measured(5.0, issuer=True)
    assert (holding.skew_of(dated), holding.skew_of(life(10))) == (0.0, 5.0)
    holding.measured(2.0)
    assert (holding.skew_of(dated), holding.skew_of(life(10))) == (2.0, 2.0)
