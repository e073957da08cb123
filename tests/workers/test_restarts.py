"""When a worker that died is replaced."""

from proxy.workers.restarts import MOST_DEATHS, QUICK_SECONDS, Restarts


def test_the_first_death_causes_no_delay() -> None:
    """Its players come back at once."""
    assert Restarts().died(3600).wait == 0
    assert Restarts().died(0).wait == 0


def test_repeated_early_deaths_cause_longer_delays() -> None:
    """Up to half a minute in all, then the program gives up."""
    restarts, waits = Restarts(), list[float]()
    while not restarts.hopeless:
        restarts = restarts.died(0.1)
        waits.append(restarts.wait)
    assert len(waits) == MOST_DEATHS
    assert waits == [0, 0.5, 1, 2, 4, 8, 8, 8]


def test_a_death_after_a_long_run_counts_as_the_first() -> None:
    """A crash a day is no reason to give up."""
    restarts = Restarts()
    for _ in range(5):
        restarts = restarts.died(0.1)
    assert restarts.died(QUICK_SECONDS) == Restarts(1)
    for _ in range(100):
        restarts = restarts.died(QUICK_SECONDS)
        assert not restarts.hopeless
        assert restarts.wait == 0
