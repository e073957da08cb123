"""The metrics of one application."""

import asyncio
import sys
from functools import partial
from pathlib import Path

import prometheus_client
import pytest

from proxy.metrics import Metrics, numbers
from proxy.streams.status import StreamStatus
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
    assert found["upstream_request_seconds_sum{role=segment}"] == 0.02
    assert found["player_cuts_total{cause=player,stream=lobby}"] == 1
    assert found["build_info{version=1.2.3}"] == 1


def test_reloads_are_counted_from_the_start() -> None:
    """So an alert on refused ones works; the last reload is a gauge."""
    metrics = Metrics("0")
    outcomes = ("applied", "unchanged", "refused")
    series = [f"config_reloads_total{{outcome={each}}}" for each in outcomes]
    assert [samples(metrics)[each] for each in series] == [0, 0, 0]
    well, at = (
        "config_last_reload_successful",
        "config_last_reload_success_timestamp_seconds",
    )
    metrics.config_loaded(5.0)
    assert [samples(metrics)[each] for each in (well, at)] == [1, 5]
    metrics.config_reloaded("refused")
    assert [samples(metrics)[each] for each in (well, at)] == [0, 5]
    metrics.config_loaded(9.0)
    metrics.config_reloaded("unchanged")
    assert [samples(metrics)[each] for each in (well, at)] == [1, 9]
    assert [samples(metrics)[each] for each in series] == [0, 1, 1]


def test_requests_in_flight_are_counted_while_they_last() -> None:
    """The gauge goes up and down again."""
    metrics = Metrics("0")

    metrics.in_flight += 1
    assert samples(metrics)["player_requests_in_flight"] == 1
    metrics.in_flight -= 1
    assert samples(metrics)["player_requests_in_flight"] == 0


def test_two_applications_do_not_collide() -> None:
    """Each has its own registry."""
    first, second = Metrics("0"), Metrics("0")
    first.cut("lobby", "player")

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
        metrics.refreshed("lobby", "failed")
        metrics.answered("lobby", 502, 0, 0.1)

    found = samples(metrics)

    assert found["token_refreshes_total{outcome=failed,stream=lobby}"] == 2
    assert found["player_requests_total{status_class=5xx,stream=lobby}"] == 2


def test_a_clock_that_agrees_has_no_series() -> None:
    """Date has whole seconds; the series of a corrected clock is removed."""
    metrics = Metrics("0")
    metrics.skewed("lobby", -1.0)
    assert samples(metrics)["clock_skew_seconds{stream=lobby}"] == -1
    metrics.skewed("lobby", -0.9)
    assert "clock_skew_seconds{stream=lobby}" not in samples(metrics)


def test_other_series_appear_with_their_first_event() -> None:
    """There are no series of streams, and no creation times."""
    metrics = Metrics("0")
    metrics.watch(lambda: [StreamStatus("lobby", token_usable=False, token_cold=True)])
    assert b"lobby" not in metrics.render()
    metrics.cut("lobby", "player")
    metrics.clock_jumped()
    metrics.answered("lobby", 200, 1, 0.1)
    assert b"_created" not in metrics.render()


def test_the_process_has_the_usual_metrics() -> None:
    """If the system has /proc; elsewhere there are none, and no failure."""
    process = [name for name in samples(Metrics("0")) if name.startswith("process_")]
    there = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
    there |= {"process_open_fds", "process_max_fds", "process_start_time_seconds"}
    assert set(process) >= (there if sys.platform == "linux" else set())


def test_a_system_without_proc_has_no_numbers_of_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on macOS and Windows."""
    elsewhere = partial(prometheus_client.ProcessCollector, proc=str(tmp_path))
    monkeypatch.setattr(numbers, "ProcessCollector", elsewhere)
    metrics = Metrics("0")
    assert b"process_" not in metrics.render()
    assert b"hls_auth_proxy_build_info" in metrics.render()


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
        metrics.refreshed(name, "refreshed")
        metrics.skewed(name, 0.4)
        for role in ("entry", "playlist", "segment"):
            metrics.asked_upstream(name, role, "2xx", 0.123)
            metrics.answered(name, 200, 123_456_789, 0.123)
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


def test_workers_are_counted_where_there_are_several() -> None:
    """A program of one process has no series of them."""
    metrics = Metrics("0")
    assert b"hls_auth_proxy_worker_deaths_total 0" not in metrics.render()
    metrics.workers(2)
    assert b"hls_auth_proxy_workers 2.0" in metrics.render()
    assert b"hls_auth_proxy_worker_deaths_total 0.0" in metrics.render()
    metrics.worker_died()
    metrics.workers(1)
    assert b"hls_auth_proxy_workers 1.0" in metrics.render()
    assert b"hls_auth_proxy_worker_deaths_total 1.0" in metrics.render()
