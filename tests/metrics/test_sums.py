"""The numbers of several processes as those of one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.metrics import Metrics
from proxy.metrics.sums import RULES, Numbers, Sums, rendered
from proxy.streams.status import StreamStatus


def of(**values: float) -> Metrics:
    """Return the metrics of a process that has answered so many requests."""
    metrics = Metrics("1")
    for stream, number in values.items():
        for _ in range(int(number)):
            metrics.answers.count(stream, 200, 10, 0.02)
    return metrics


def found(numbers: Numbers, sample: str, **labels: str) -> float:
    """Return one value."""
    (value,) = (
        value
        for _, _, _, samples in numbers
        for name, given_labels, value in samples
        if name == f"hls_auth_proxy_{sample}" and labels.items() <= given_labels.items()
    )
    return value


def test_counts_are_added_up() -> None:
    """Each series for itself, and every bucket of a histogram."""
    whole = Sums().whole([of(lobby=2, yard=1).plain(), of(lobby=3).plain()])
    assert found(whole, "player_requests_total", stream="lobby") == 5
    assert found(whole, "player_requests_total", stream="yard") == 1
    assert found(whole, "player_bytes_total", stream="lobby") == 50
    assert found(whole, "player_request_seconds_count") == 6
    assert found(whole, "player_request_seconds_bucket", le="0.025") == 6
    assert found(whole, "player_request_seconds_bucket", le="0.005") == 0


def test_one_process_is_told_as_before() -> None:
    """The same lines, whether they are added up or not."""
    metrics = of(lobby=2)
    metrics.watch(lambda: [StreamStatus("lobby", token_seconds_left=5.0)])

    def told(text: bytes) -> list[bytes]:
        return [line for line in text.splitlines() if not line.startswith(b"process_")]

    assert told(rendered(Sums().whole([metrics.plain()]))) == told(metrics.render())


@pytest.mark.parametrize(
    ("gauge", "values", "whole"),
    [
        ("token_seconds_left", (50.0, 20.0), 20.0),
        ("token_usable", (1.0, 0.0), 0.0),
        ("names", (7.0, 300.0), 300.0),
        ("renditions", (2.0, 4.0), 4.0),
        ("clock_skew_seconds", (3.0, -40.0), -40.0),
        ("player_requests_in_flight", (2.0, 3.0), 5.0),
        ("tasks", (2.0, 3.0), 5.0),
        ("config_last_reload_successful", (1.0, 0.0), 0.0),
        ("config_last_reload_success_timestamp_seconds", (1.0, 2.0), 2.0),
        ("something_new_bytes", (1.0, 2.0), 3.0),
    ],
)
def test_a_gauge_says_what_is_true_of_all(
    gauge: str, values: tuple[float, float], whole: float
) -> None:
    """The worst that a player may meet, what the fullest knows, what all hold."""
    name = f"hls_auth_proxy_{gauge}"
    parts: list[Numbers] = [
        [(name, "about", "gauge", [(name, {"stream": "a"}, value)])] for value in values
    ]
    assert found(Sums().whole(parts), gauge) == whole


def test_every_gauge_has_a_rule() -> None:
    """A new one needs a decision, here and nowhere else."""
    metrics = Metrics("1")
    metrics.watch(list)
    gauges = {name for name, _, kind, _ in metrics.plain() if kind in ("gauge", "info")}
    assert gauges <= RULES.keys()


def test_the_counts_of_who_ended_stay() -> None:
    """Its state does not: it has none any more."""
    sums, one, two = Sums(), of(lobby=4), of(lobby=1)
    one.program.in_flight = 3
    before = sums.whole([one.plain(), two.plain()])
    sums.ended(one.plain())
    after = sums.whole([two.plain(), of().plain()])
    for whole in (before, after):
        assert found(whole, "player_requests_total", stream="lobby") == 5
        assert found(whole, "player_request_seconds_count") == 5
    assert found(before, "player_requests_in_flight") == 3
    assert found(after, "player_requests_in_flight") == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=30))
def test_no_count_ever_goes_back(steps: list[tuple[int, bool]]) -> None:
    """Prometheus takes a smaller number for a restart of everything."""
    sums, running = Sums(), [of(), of(), of()]
    shown = 0.0
    for which, ends in steps:
        running[which].answers.count("lobby", 200, 1, 0.1)
        if ends:
            sums.ended(running[which].plain())
            running[which] = of()
        whole = sums.whole(each.plain() for each in running)
        now = found(whole, "player_requests_total", stream="lobby")
        assert now == shown + 1
        shown = now


def test_plain_values_can_be_sent() -> None:
    """JSON has no infinity: the bounds of buckets are texts, and the rest is finite."""
    values = [value for *_, samples in of(a=1).plain() for *_, value in samples]
    assert values
    assert all(map(math.isfinite, values))
