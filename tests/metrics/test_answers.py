"""Counting answers to players."""

import pytest

from proxy.metrics import Metrics
from tests.metrics.samples import samples


def test_answers_are_counted_by_class_of_status() -> None:
    """Their bytes are added up."""
    metrics = Metrics("0")
    for status, sent in ((200, 1000), (206, 24), (404, 9)):
        metrics.answers.count("lobby", status, sent, 0.03)

    found = samples(metrics)

    assert found["player_requests_total{status_class=2xx,stream=lobby}"] == 2
    assert found["player_requests_total{status_class=4xx,stream=lobby}"] == 1
    assert found["player_bytes_total{stream=lobby}"] == 1033


def test_a_bucket_includes_all_faster_answers() -> None:
    """A bound belongs to its bucket; slower ones are in +Inf."""
    metrics = Metrics("0")
    for seconds in (0.001, 0.1, 0.11, 31.0):
        metrics.answers.count("lobby", 200, 0, seconds)

    found = samples(metrics)

    reached = {
        end: found[f"player_request_seconds_bucket{{le={end}}}"]
        for end in ("0.005", "0.1", "0.25", "30.0", "+Inf")
    }
    assert reached == {"0.005": 1, "0.1": 2, "0.25": 3, "30.0": 3, "+Inf": 4}
    assert found["player_request_seconds_count"] == 4
    total = found["player_request_seconds_sum"]
    assert total == pytest.approx(31.211)


def test_answers_that_were_cut_off_are_counted() -> None:
    """By what cut them off."""
    metrics = Metrics("0")
    metrics.answers.cut("lobby", "player")
    assert samples(metrics)["player_cuts_total{cause=player,stream=lobby}"] == 1
