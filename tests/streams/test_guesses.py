"""How often playlists are loaded that may name what nobody knows."""

from proxy.streams.guesses import GUESS_SECONDS, MOST_GUESSES, Guesses
from tests.fake_clock import FakeClock


async def test_a_stream_has_so_many_a_minute() -> None:
    """For whatever playlists; each comes back when its minute is over."""
    clock = FakeClock()
    guesses = Guesses(clock=clock)
    took = 0
    for n in range(300):
        took += guesses.take(f"{n}")
        await clock.advance(1.0)
    assert took == 5 * MOST_GUESSES
    await clock.advance(GUESS_SECONDS)
    assert guesses.wait_seconds == 0.0


async def test_it_tells_how_long_to_wait() -> None:
    """Until the oldest one is a minute old."""
    clock = FakeClock()
    guesses = Guesses(clock=clock)
    for n in range(MOST_GUESSES):
        assert guesses.wait_seconds == 0.0
        assert guesses.take(f"{n}")
        await clock.advance(1.0)
    assert guesses.wait_seconds == GUESS_SECONDS - MOST_GUESSES
    assert not guesses.take("more")


async def test_one_that_was_right_does_not_count() -> None:
    """Players are told of new keys all the time, by one replica or another."""
    guesses = Guesses(clock=FakeClock())
    for _ in range(100):
        assert guesses.take("right")
        guesses.right("right")
    guesses.right("never taken")
    took = sum(guesses.take(f"{n}") for n in range(100))
    assert took == MOST_GUESSES


async def test_the_likely_ones_come_first() -> None:
    """Right before, then without a turn for longest, then loaded last."""
    clock = FakeClock()
    guesses = Guesses(clock=clock)
    for path in ("wrong", "later wrong", "right"):
        guesses.take(path)
        await clock.advance(1.0)
    guesses.right("right")
    loaded = {"played": 5.0, "seen": 1.0}
    paths = ["later wrong", "wrong", "cold", "seen", "played", "right"]
    sort = guesses.likely_first(paths, lambda path: loaded.get(path, 0.0))
    assert sort == ["right", "played", "seen", "cold", "wrong", "later wrong"]
