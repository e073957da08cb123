"""Tests of the numbers of one application."""

from proxy.metrics import Metrics
from tests.metrics.samples import samples


def test_events_are_counted_by_stream() -> None:
    """Each event adds to its own series."""
    metrics = Metrics("1.2.3")
    metrics.refreshed("lobby", "ok")
    metrics.refreshed("lobby", "failed")
    metrics.clock_jumped()
    metrics.skewed("lobby", 40.0)
    metrics.skewed("lobby", -3.5)
    metrics.asked_upstream("lobby", "segment", "ok", 0.02)
    metrics.cut("lobby", "player")

    found = samples(metrics)

    assert found["token_refreshes_total{outcome=ok,stream=lobby}"] == 1
    assert found["token_refreshes_total{outcome=failed,stream=lobby}"] == 1
    assert found["clock_jumps_total"] == 1
    assert found["clock_skew_seconds{stream=lobby}"] == -3.5
    upstream = "{outcome=ok,role=segment,stream=lobby}"
    assert found[f"upstream_requests_total{upstream}"] == 1
    assert found["upstream_request_seconds_sum{role=segment,stream=lobby}"] == 0.02
    assert found["player_cuts_total{cause=player,stream=lobby}"] == 1
    assert found["build_info{version=1.2.3}"] == 1


def test_requests_in_flight_are_counted_while_they_last() -> None:
    """The gauge goes up and down again."""
    metrics = Metrics("0")

    metrics.in_flight += 1
    assert samples(metrics)["player_requests_in_flight"] == 1
    metrics.in_flight -= 1
    assert samples(metrics)["player_requests_in_flight"] == 0


def test_two_applications_do_not_collide() -> None:
    """Each has a registry of its own."""
    first, second = Metrics("0"), Metrics("0")
    first.cut("lobby", "player")

    assert "player_cuts_total{cause=player,stream=lobby}" not in samples(second)
