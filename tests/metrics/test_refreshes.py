"""The metrics of tokens and clocks."""

from proxy.metrics import Metrics
from tests.metrics.samples import samples


def test_attempts_are_counted_by_stream() -> None:
    """Each adds to its own series; steps of the clock concern all."""
    metrics = Metrics("0")
    metrics.refreshes.count("lobby", "ok")
    metrics.refreshes.count("lobby", "failed")
    metrics.refreshes.jumped()
    metrics.refreshes.skewed("lobby", 40.0)
    metrics.refreshes.skewed("lobby", -3.5)

    found = samples(metrics)

    assert found["token_refreshes_total{outcome=ok,stream=lobby}"] == 1
    assert found["token_refreshes_total{outcome=failed,stream=lobby}"] == 1
    assert found["clock_jumps_total"] == 1
    assert found["clock_skew_seconds{stream=lobby}"] == -3.5


def test_a_clock_that_agrees_has_no_series() -> None:
    """Date has whole seconds; the series of a corrected clock is removed."""
    metrics = Metrics("0")
    metrics.refreshes.skewed("lobby", -1.0)
    assert samples(metrics)["clock_skew_seconds{stream=lobby}"] == -1
    metrics.refreshes.skewed("lobby", -0.9)
    assert "clock_skew_seconds{stream=lobby}" not in samples(metrics)
