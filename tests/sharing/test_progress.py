"""A body whose bytes no longer come."""

from proxy.sharing.progress import STALLED_SECONDS, Progress
from tests.fake_clock import FakeClock


async def test_a_body_is_stalled_if_almost_nothing_comes() -> None:
    """Counted from its beginning, and from each wait on purpose."""
    clock = FakeClock()
    progress = Progress(clock)
    await clock.advance(2 * STALLED_SECONDS)
    assert not progress.is_stalled, "nothing is expected yet"
    progress.came(0)
    size = 0
    for _ in range(3):
        size += 20_000
        await clock.advance(STALLED_SECONDS - 0.1)
        progress.came(size)
        assert not progress.is_stalled
    await clock.advance(STALLED_SECONDS - 0.1)
    progress.came(size + 1000)
    await clock.advance(0.2)
    assert progress.is_stalled
    progress.waited()
    assert not progress.is_stalled
