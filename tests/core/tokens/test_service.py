"""What a token service is asked, and what it answered."""

import pytest

from proxy.core.tokens.service import ServiceReply, ServiceRequest, first

SENT = 1_893_456_000.0
DATE = "Tue, 01 Jan 2030 00:00:30 GMT"


def reply(*headers: tuple[str, str], seconds: float = 2.0) -> ServiceReply:
    """Return an answer to a request that was sent at the first second of 2030."""
    return ServiceReply(200, headers, b"", SENT, seconds)


@pytest.mark.parametrize(
    ("headers", "date"),
    [
        ([("Date", DATE)], SENT + 30),
        ([("date", DATE), ("Age", "10")], SENT + 40),
        ([("Date", DATE), ("Age", "old")], None),
        ([("Date", "yesterday")], None),
        ([], None),
    ],
)
def test_an_answer_tells_the_time(
    headers: list[tuple[str, str]], date: float | None
) -> None:
    """That of its making, and how long it lay in a cache since."""
    assert reply(*headers).date == date


def test_the_skew_is_measured_against_the_middle_of_the_exchange() -> None:
    """To half a second, for a Date has whole ones."""
    assert reply(("Date", DATE)).skew == 30.5 - 1
    assert reply().skew is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("20", 20.0),
        (" 0 ", 0.0),
        ("Tue, 01 Jan 2030 00:00:50 GMT", 20.0),
        ("Tue, 01 Jan 2030 00:00:10 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("\u00b2", None),
    ],
)
def test_a_service_asks_us_to_wait(value: str, seconds: float | None) -> None:
    """For seconds, or until a moment of its own clock."""
    assert reply(("Date", DATE), ("Retry-After", value)).retry_after == seconds


def test_without_its_date_a_moment_is_one_of_ours() -> None:
    """There is no better clock."""
    until = ("Retry-After", "Tue, 01 Jan 2030 00:00:22 GMT")
    assert reply(until).retry_after == 20
    assert reply().retry_after is None


def test_the_first_of_equal_fields_counts() -> None:
    """Names have no case."""
    fields = [("A", "1"), ("a", "2")]
    assert first(fields, "a") == "1"
    assert first(fields, "b") is None


def test_nothing_of_an_exchange_is_printed() -> None:
    """URLs, headers and bodies hold secrets."""
    pairs = (("A", "canary"),)
    asked = ServiceRequest("POST", "https://h/canary", pairs, b"canary")
    told = ServiceReply(200, pairs, b"canary", SENT, 0.1)
    assert "canary" not in repr((asked, told))
