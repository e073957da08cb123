"""The metrics of the program itself."""

import sys
from functools import partial
from pathlib import Path

import prometheus_client
import pytest

from proxy.metrics import Metrics, program
from tests.metrics.samples import samples


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
    metrics.program.loaded(5.0)
    assert [samples(metrics)[each] for each in (well, at)] == [1, 5]
    metrics.program.reloaded("refused")
    assert [samples(metrics)[each] for each in (well, at)] == [0, 5]
    metrics.program.loaded(9.0)
    metrics.program.reloaded("unchanged")
    assert [samples(metrics)[each] for each in (well, at)] == [1, 9]
    assert [samples(metrics)[each] for each in series] == [0, 1, 1]


def test_requests_in_flight_are_counted_while_they_last() -> None:
    """The gauge goes up and down again."""
    metrics = Metrics("0")

    metrics.program.in_flight += 1
    assert samples(metrics)["player_requests_in_flight"] == 1
    metrics.program.in_flight -= 1
    assert samples(metrics)["player_requests_in_flight"] == 0


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
    monkeypatch.setattr(program, "ProcessCollector", elsewhere)
    metrics = Metrics("0")
    assert b"process_" not in metrics.render()
    assert b"hls_auth_proxy_build_info" in metrics.render()


def test_workers_are_counted_where_there_are_several() -> None:
    """A program of one process has no series of them."""
    metrics = Metrics("0")
    assert b"hls_auth_proxy_worker_deaths_total 0" not in metrics.render()
    metrics.program.workers(2)
    assert b"hls_auth_proxy_workers 2.0" in metrics.render()
    assert b"hls_auth_proxy_worker_deaths_total 0.0" in metrics.render()
    metrics.program.worker_died()
    metrics.program.workers(1)
    assert b"hls_auth_proxy_workers 1.0" in metrics.render()
    assert b"hls_auth_proxy_worker_deaths_total 1.0" in metrics.render()


def test_the_version_is_shown() -> None:
    """As a label, as usual."""
    assert samples(Metrics("1.2.3"))["build_info{version=1.2.3}"] == 1
