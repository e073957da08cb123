"""What is recorded about a request while it is answered."""

import pytest

from proxy.web.visit import Visit


class Ticks:
    """A monotonic clock that moves each time it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time, a second after the last."""
        self.now += 1.0
        return self.now


def test_a_request_is_one_event() -> None:
    """Method, stream, name, status, bytes and times; no query, no raw path."""
    visit = Visit("GET", Ticks())
    visit.stream, visit.path = "lobby", "main/seg1.ts"
    visit.headed(200)
    visit.sent = 7
    assert visit.ended()._asdict() == {
        "method": "GET",
        "stream": "lobby",
        "path": "main/seg1.ts",
        "page": False,
        "status": 200,
        "head_seconds": 1.0,
        "seconds": 2.0,
        "sent": 7,
        "problem": None,
        "detail": None,
        "cut": None,
    }


def test_a_failed_request_has_its_reason() -> None:
    """It also shows whether it was for a page."""
    ended = Visit("GET", Ticks(), page=True, problem="x", detail="more").ended()
    assert (ended.page, ended.problem, ended.detail) == (True, "x", "more")


@pytest.mark.parametrize("cause", ["player", "upstream"])
def test_the_first_cause_of_a_cut_stays(cause: str) -> None:
    """Later causes are only consequences."""
    visit = Visit("GET", Ticks(), stream="lobby")
    visit.cut_by(cause)
    visit.cut_by("shutdown")
    assert visit.ended().cut == cause


def test_an_answer_that_never_began_has_no_status() -> None:
    """A player that leaves while it waits was not answered."""
    assert Visit("GET", Ticks()).ended().status is None
