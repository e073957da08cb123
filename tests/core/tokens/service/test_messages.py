"""Requests to token services, and their answers."""

import pytest

from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest, first
from proxy.core.tokens.service.request_template import basic

SENT = 1_893_456_000.0
DATE = "Tue, 01 Jan 2030 00:00:30 GMT"


def reply(*headers: tuple[str, str], seconds: float = 2.0) -> ServiceReply:
    """Return an answer to a request that was sent at the first second of 2030."""
    return ServiceReply(200, headers=headers, body=b"", sent=SENT, seconds=seconds)


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
def test_an_answer_shows_the_time(
    headers: list[tuple[str, str]], date: float | None
) -> None:
    """When it was made, plus its time in a cache."""
    assert reply(*headers).date == date


def test_the_skew_is_measured_against_the_middle_of_the_exchange() -> None:
    """To half a second, because a Date has whole seconds."""
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
def test_a_service_may_ask_us_to_wait(value: str, seconds: float | None) -> None:
    """For some seconds, or until a time by its own clock."""
    assert reply(("Date", DATE), ("Retry-After", value)).retry_after == seconds


def test_without_a_date_a_moment_is_by_our_clock() -> None:
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
    asked = ServiceRequest("POST", "https://h/canary", headers=pairs, body=b"canary")
    told = ServiceReply(200, headers=pairs, body=b"canary", sent=SENT, seconds=0.1)
    assert "canary" not in repr((asked, told))


@pytest.mark.parametrize(
    ("asked", "secrets"),
    [
        (ServiceRequest("GET", "https://id.test/a?key=canary"), {"canary"}),
        (
            ServiceRequest(
                "GET", "https://id.test/", headers=(("X-Key", "canary key"),)
            ),
            {"canary key"},
        ),
        (
            ServiceRequest(
                "GET",
                "https://id.test/",
                headers=(("Authorization", basic("me", "can%26")),),
            ),
            {"can%26", "can&"},
        ),
        (
            ServiceRequest(
                "POST",
                "https://id.test/",
                headers=(),
                body=b"grant_type=x&secret=can%26ary",
            ),
            {"can%26ary", "can&ary"},
        ),
        (
            ServiceRequest(
                "POST", "https://id.test/", headers=(), body=b'{"a": {"b": ["canary"]}}'
            ),
            {"canary"},
        ),
        (
            ServiceRequest("POST", "https://id.test/", headers=(), body=b"canary"),
            {"canary"},
        ),
    ],
)
def test_sent_credentials_are_secret(asked: ServiceRequest, secrets: set[str]) -> None:
    """In any place, encoded and decoded."""
    assert secrets <= asked.secrets
    assert "canary" not in repr(asked)


def test_public_values_are_not_secret() -> None:
    """A refusal may name them."""
    form = b"grant_type=client_credentials&scope=view&client_id=lobby&audience=tv"
    fields = (("Accept", "application/json"), ("Content-Type", "text/plain"))
    assert (
        ServiceRequest("POST", "https://id.test/", headers=fields, body=form).secrets
        == set()
    )
