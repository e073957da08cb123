"""The metrics of one application."""

import asyncio

import pytest

from proxy.metrics import Metrics
from proxy.streams.status import StreamStatus
from tests.metrics.samples import samples


def test_two_applications_do_not_collide() -> None:
    """Each has its own registry."""
    first, second = Metrics("0"), Metrics("0")
    first.answers.cut("lobby", "player")

    assert "player_cuts_total{cause=player,stream=lobby}" not in samples(second)


@pytest.mark.parametrize("has_token", [True, False])
def test_counters_in_alerts_start_at_zero(*, has_token: bool) -> None:
    """Otherwise Prometheus does not see the first event."""
    metrics = Metrics("0")
    metrics.begin("lobby", has_token=has_token)

    found = samples(metrics)

    of_stream = {name: value for name, value in found.items() if "lobby" in name}
    token = {
        "token_refreshes_total{outcome=failed,stream=lobby}": 0,
        "token_refreshes_total{outcome=rejected,stream=lobby}": 0,
    }
    errors = {"player_requests_total{status_class=5xx,stream=lobby}": 0}
    assert of_stream == (errors | token if has_token else errors)
    assert found["clock_jumps_total"] == 0


def test_counters_are_not_reset() -> None:
    """Starting again loses nothing."""
    metrics = Metrics("0")
    for _ in range(2):
        metrics.begin("lobby", has_token=True)
        metrics.refreshes.count("lobby", "failed")
        metrics.answers.count("lobby", 502, 0, 0.1)

    found = samples(metrics)

    assert found["token_refreshes_total{outcome=failed,stream=lobby}"] == 2
    assert found["player_requests_total{status_class=5xx,stream=lobby}"] == 2


def test_other_series_appear_with_their_first_event() -> None:
    """There are no series of streams, and no creation times."""
    metrics = Metrics("0")
    metrics.watch(lambda: [StreamStatus("lobby", token_usable=False, token_cold=True)])
    assert b"lobby" not in metrics.render()
    metrics.answers.cut("lobby", "player")
    metrics.refreshes.jumped()
    metrics.answers.count("lobby", 200, 1, 0.1)
    assert b"_created" not in metrics.render()


def a_thousand() -> Metrics:
    """Return the metrics of a thousand streams that are played."""
    metrics = Metrics("1.2.3")
    names = [f"stream-{number:04}" for number in range(1000)]
    statuses = [
        StreamStatus(
            name,
            token_seconds_left=1234.567891,
            token_usable=True,
            renditions=4,
            names=1234,
        )
        for name in names
    ]
    metrics.watch(lambda: statuses)
    for name in names:
        metrics.begin(name, has_token=True)
        metrics.refreshes.count(name, "refreshed")
        metrics.refreshes.skewed(name, 0.4)
        for role in ("entry", "playlist", "segment"):
            metrics.exchanges.count(name, role, "2xx", 0.123)
            metrics.answers.count(name, 200, 123_456_789, 0.123)
    return metrics


def test_a_thousand_streams_take_less_than_a_megabyte() -> None:
    """Prometheus reads it every 15 seconds."""
    assert 500_000 < len(a_thousand().render()) <= 1_000_000


async def test_other_tasks_run_while_metrics_are_written() -> None:
    """The event loop is blocked by one metric at a time, not by all."""
    metrics, turns = a_thousand(), 0
    writing = asyncio.create_task(metrics.rendered())
    while not writing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 8
    ours = [line for line in (await writing).splitlines() if b"stream" in line]
    assert ours == [line for line in metrics.render().splitlines() if b"stream" in line]
