"""Metrics with labels."""

from prometheus_client import generate_latest

from proxy.metrics.tally import Tally, counter, gauge


def lines(tally: Tally) -> list[str]:
    """Return the lines for Prometheus."""
    return [
        line
        for line in generate_latest(tally).decode().splitlines()
        if not line.startswith("#")
    ]


def test_each_combination_of_labels_is_counted_separately() -> None:
    """From the first event on."""
    tally = counter("cuts", "What was cut", "stream", "cause")
    assert lines(tally) == []
    tally.add("a", "player")
    tally.add("a", "player")
    tally.add("b", "player", by=0.5)
    assert lines(tally) == [
        'hls_auth_proxy_cuts_total{cause="player",stream="a"} 2.0',
        'hls_auth_proxy_cuts_total{cause="player",stream="b"} 0.5',
    ]


def test_starting_a_counter_again_keeps_its_value() -> None:
    """It is zero before the first event, and never reset."""
    tally = counter("jumps", "Jumps")
    tally.begin()
    assert lines(tally) == ["hls_auth_proxy_jumps_total 0.0"]
    tally.add()
    tally.begin()
    assert lines(tally) == ["hls_auth_proxy_jumps_total 1.0"]


def test_a_gauge_is_set_and_dropped() -> None:
    """Dropping a missing one does nothing."""
    tally = gauge("skew", "Skew", "stream")
    tally.set(2.5, "a")
    tally.set(-1, "a")
    assert lines(tally) == ['hls_auth_proxy_skew{stream="a"} -1.0']
    tally.drop("a")
    tally.drop("a")
    assert lines(tally) == []
    tally.set(1, "b")
    tally.clear()
    assert lines(tally) == []
