"""Tests of the numbers."""

from prometheus_client.parser import text_string_to_metric_families

from proxy.metrics import Metrics
from proxy.streams.replies import StreamStatus


def samples(metrics: Metrics) -> dict[str, float]:
    """Return each sample as `name{labels}` without the namespace."""
    found = {}
    for family in text_string_to_metric_families(metrics.render().decode()):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            name = sample.name.removeprefix("hls_auth_proxy_")
            found[f"{name}{{{labels}}}" if labels else name] = sample.value
    return found


def test_events_are_counted_by_stream() -> None:
    """Each event adds to its own series."""
    metrics = Metrics("1.2.3")
    metrics.refreshed("lobby", "ok")
    metrics.refreshed("lobby", "failed")
    metrics.clock_jumped()
    metrics.skewed("lobby", 40.0)
    metrics.skewed("lobby", -3.5)
    metrics.asked_upstream("lobby", "segment", "ok", 0.02)
    metrics.answered("lobby", 206, 1000, 0.03)
    metrics.answered("lobby", 200, 24, 0.03)
    metrics.cut("lobby", "player")

    found = samples(metrics)

    assert found["token_refreshes_total{outcome=ok,stream=lobby}"] == 1
    assert found["token_refreshes_total{outcome=failed,stream=lobby}"] == 1
    assert found["clock_jumps_total"] == 1
    assert found["clock_skew_seconds{stream=lobby}"] == -3.5
    upstream = "{outcome=ok,role=segment,stream=lobby}"
    assert found[f"upstream_requests_total{upstream}"] == 1
    assert found["upstream_request_seconds_sum{role=segment,stream=lobby}"] == 0.02
    assert found["player_requests_total{status_class=2xx,stream=lobby}"] == 2
    assert found["player_bytes_total{stream=lobby}"] == 1024
    assert found["player_cuts_total{cause=player,stream=lobby}"] == 1
    assert found["build_info{version=1.2.3}"] == 1


def test_requests_in_flight_are_counted_while_they_last() -> None:
    """The gauge goes up and down again."""
    metrics = Metrics("0")

    metrics.in_flight += 1
    assert samples(metrics)["player_requests_in_flight"] == 1
    metrics.in_flight -= 1
    assert samples(metrics)["player_requests_in_flight"] == 0


def test_tokens_are_read_when_the_numbers_are_asked_for() -> None:
    """Nobody needs to report the time that passes."""
    statuses = [
        StreamStatus("lobby", token_seconds_left=59.5, token_usable=True, names=7),
        StreamStatus("open", renditions=2),
        StreamStatus("dead", token_usable=False),
    ]
    metrics = Metrics("0")
    metrics.watch(lambda: statuses)

    found = samples(metrics)

    assert found["token_seconds_left{stream=lobby}"] == 59.5
    assert "token_seconds_left{stream=open}" not in found
    assert found["token_usable{stream=lobby}"] == 1
    assert found["token_usable{stream=dead}"] == 0
    assert "token_usable{stream=open}" not in found
    assert found["names{stream=lobby}"] == 7
    assert found["renditions{stream=open}"] == 2

    statuses[0] = StreamStatus("lobby", token_seconds_left=1.0, token_usable=True)
    assert samples(metrics)["token_seconds_left{stream=lobby}"] == 1


def test_two_applications_do_not_collide() -> None:
    """Each has a registry of its own."""
    first, second = Metrics("0"), Metrics("0")
    first.cut("lobby", "player")

    assert "player_cuts_total{cause=player,stream=lobby}" not in samples(second)
