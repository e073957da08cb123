"""How many new members a family may get."""

import pytest

from proxy.streams.newcomers import Newcomers


def after(number: int, *, per_minute: int = 60) -> Newcomers:
    """Return what is left after this many came at once."""
    newcomers = Newcomers.of(per_minute, mono=100.0)
    for _ in range(number):
        assert newcomers.wait(100.0) == 0
        newcomers = newcomers.came(100.0)
    return newcomers


@pytest.mark.parametrize(
    ("per_minute", "burst", "seconds"), [(60, 30, 1.0), (6, 3, 10.0), (1, 1, 60.0)]
)
def test_half_a_minutes_quota_may_come_at_once(
    per_minute: int, burst: int, seconds: float
) -> None:
    """Then one at a time."""
    newcomers = after(burst, per_minute=per_minute)
    assert newcomers.wait(100.0) == seconds
    assert newcomers.wait(100.0 + seconds) == 0
    later = newcomers.came(100.0 + seconds)
    assert later.wait(100.0 + seconds) == seconds


def test_members_that_play_make_room_for_others() -> None:
    """But no more than there was."""
    assert after(30).proved(100.0, 2).came(100.0).wait(100.0) == 0
    full = after(1).proved(100.0, 30)
    for _ in range(30):
        full = full.came(100.0)
    assert full.wait(100.0) == 1.0


def test_a_long_silence_does_not_add_up() -> None:
    """After an hour, only a burst is allowed."""
    newcomers = after(30)
    for _ in range(30):
        newcomers = newcomers.came(3700.0)
    assert newcomers.wait(3700.0) == 1.0


def test_members_that_play_make_room_at_most_twenty_times_a_second() -> None:
    """Whatever the upstream answers for invented ids."""
    newcomers, came, now = after(0), 0, 100.0
    while now < 110.0:
        while newcomers.wait(now) == 0:
            newcomers = newcomers.came(now).proved(now, 1)
            came += 1
        now += 0.1
    assert 300 <= came <= 350
