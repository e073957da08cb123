"""Tests of what log and metrics learn of a request."""

import pytest
from structlog.testing import capture_logs

from proxy.metrics import Metrics
from proxy.web.visit import Visit


class Ticks:
    """A monotonic clock that ticks once each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time, a second after the last."""
        self.now += 1.0
        return self.now


def test_a_request_is_one_event() -> None:
    """Method, stream, name, status, bytes and time; no query, no raw path."""
    visit = Visit("GET", Ticks())
    visit.stream, visit.path = "lobby", "main/seg1.ts"
    visit.headed(200)
    visit.sent = 7

    with capture_logs() as logged:
        visit.report(Metrics("0"))

    assert logged == [
        {
            "event": "request",
            "log_level": "info",
            "method": "GET",
            "stream": "lobby",
            "name": "main/seg1.ts",
            "status": 200,
            "bytes": 7,
            "seconds": 2.0,
        }
    ]


def test_a_page_is_logged_for_whoever_looks_closely() -> None:
    """Probes would fill the log."""
    with capture_logs() as logged:
        Visit("GET", Ticks(), page=True).report(Metrics("0"))

    assert logged[0]["log_level"] == "debug"


@pytest.mark.parametrize(("status", "level"), [(404, "info"), (502, "warning")])
def test_what_a_viewer_may_have_noticed_is_a_warning(status: int, level: str) -> None:
    """A name that is unknown is nobody's failure."""
    visit = Visit("GET", Ticks(), problem="x")
    visit.headed(status)
    with capture_logs() as logged:
        visit.report(Metrics("0"))

    assert logged[0]["log_level"] == level


def test_a_long_name_is_cut() -> None:
    """A player may ask for 8 KiB of letters."""
    with capture_logs() as logged:
        Visit("GET", Ticks(), path="a" * 8000).report(Metrics("0"))

    assert len(logged[0]["name"]) == 200


@pytest.mark.parametrize("cause", ["player", "upstream"])
def test_the_first_cause_of_a_cut_stays(cause: str) -> None:
    """What follows is only its consequence."""
    metrics = Metrics("0")
    visit = Visit("GET", Ticks(), stream="lobby")
    visit.cut_by(cause)
    visit.cut_by("shutdown")

    with capture_logs() as logged:
        visit.report(metrics)

    assert logged[0]["cut"] == cause
    assert f'cause="{cause}"'.encode() in metrics.render()


def test_an_answer_that_was_never_begun_has_no_status() -> None:
    """A player that leaves while it is held was not answered."""
    metrics = Metrics("0")

    Visit("GET", Ticks()).report(metrics)

    assert b"player_requests_total{" not in metrics.render()
