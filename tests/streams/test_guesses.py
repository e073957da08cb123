"""How often playlists are loaded only because they may list an unknown name."""

from proxy.streams.guesses import (
    AT_ONCE_SECONDS,
    GUESS_SECONDS,
    MOST_AT_ONCE,
    MOST_GUESSES,
    Guesses,
)
from tests.fake_clock import FakeClock


async def test_a_stream_has_seven_at_once_and_seven_a_minute() -> None:
    """For any playlists, however long somebody tries."""
    clock = FakeClock()
    guesses = Guesses(clock=clock)
    took: list[int] = []
    for _ in range(20):
        took.append(0)
        for n in range(60):
            took[-1] += guesses.take(f"{n}")
            await clock.advance(1.0)
    assert took[0] == MOST_GUESSES
    assert sum(took) == 5 * MOST_GUESSES
    await clock.advance(GUESS_SECONDS)
    assert sum(guesses.take(f"{n}") for n in range(60)) == MOST_AT_ONCE


async def test_it_knows_how_long_to_wait() -> None:
    """Until the oldest of the last few is 8 s old, or the oldest of all 4 minutes."""
    clock = FakeClock()
    guesses = Guesses(clock=clock)
    for n in range(MOST_AT_ONCE):
        assert guesses.wait_seconds == 0.0
        assert guesses.take(f"{n}")
    assert guesses.wait_seconds == AT_ONCE_SECONDS
    assert not guesses.take("more")
    for n in range(MOST_AT_ONCE, MOST_GUESSES):
        await clock.advance(guesses.wait_seconds)
        assert guesses.take(f"{n}")
    assert guesses.wait_seconds > 60.0


async def test_a_right_guess_does_not_count() -> None:
    """Players get new keys all the time, from one replica or another."""
    guesses = Guesses(clock=FakeClock())
    for _ in range(100):
        assert guesses.take("right")
        guesses.right("right")
    guesses.right("never taken")
    took = sum(guesses.take(f"{n}") for n in range(100))
    assert took == MOST_AT_ONCE


async def test_the_likely_playlists_come_first() -> None:
    """Right before; then longest without a guess; then loaded last."""
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
