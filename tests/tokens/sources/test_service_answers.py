"""What the status of a token service means."""

from collections.abc import Callable

import pytest

from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import SourceError, UnreachableError
from proxy.tokens.sources.service_answers import answer_of, denial, host_of, refusal

ASK = ServiceRequest("GET", "https://id.test:8443/token?key=canary")


def reply(status: int, body: bytes = b"", **headers: str) -> ServiceReply:
    """Return an answer of this status."""
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ServiceReply(status, headers=fields, body=body, sent=0.0, seconds=0.0)


@pytest.mark.parametrize(
    ("status", "headers", "recoverable", "wait"),
    [
        (401, {}, False, None),
        (403, {}, False, None),
        *((status, {}, False, None) for status in (404, 405, 410, 422)),
        *((status, {}, True, None) for status in (400, 408, 425)),
        (429, {"retry_after": "20"}, True, 20.0),
        (503, {"retry_after": "20"}, True, 20.0),
        (500, {}, True, None),
        (302, {"location": "https://evil.test/"}, True, None),
        (304, {}, True, None),
    ],
)
def test_a_status_is_a_refusal_or_a_failure(
    status: int,
    headers: dict[str, str],
    recoverable: bool,  # noqa: FBT001 - a column of the table
    wait: float | None,
) -> None:
    """It may include a time to wait."""
    error = refusal("id.test", reply(status, b"", **headers))
    assert error is not None
    assert (error.recoverable, error.retry_after) == (recoverable, wait)
    assert error.for_all is (status in {302, 304, 429, 500, 503})
    assert error.useless is (status in {302, 304})


@pytest.mark.parametrize(
    ("status", "body", "for_all"),
    [
        (400, b'{"error": "temporarily_unavailable"}', True),
        (400, b'{"error": "invalid_grant"}', False),
        (502, b"<html>", True),
        (404, b'{"error": "no such video"}', False),
        (401, b"", False),
    ],
)
def test_a_failing_service_differs_from_one_that_refuses_a_request(
    status: int,
    body: bytes,
    for_all: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Requests for missing things cannot make others wait."""
    error = refusal("id.test", reply(status, body))
    assert error is not None
    assert error.for_all is for_all
    assert error.because("it was used before").for_all is for_all
    assert str(error).startswith(f"id.test answered {status}")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_not_a_refusal(status: int) -> None:
    """Its content is judged later."""
    assert refusal("id.test", reply(status)) is None


def test_the_services_message_is_reported() -> None:
    """From its answer and its challenge."""
    asked = reply(401, b"No such key", www_authenticate='Bearer error="expired"')
    assert (
        str(refusal("id.test", asked)) == "id.test answered 401: No such key; expired"
    )


@pytest.mark.parametrize(
    ("code", "oauth", "final"),
    [
        ("invalid_grant", False, True),
        ("invalid_target", False, True),
        ("no_such_thing", False, False),
        ("no_such_thing", True, True),
        ("slow_down", False, False),
        ("slow_down", True, False),
    ],
)
@pytest.mark.parametrize("make", [refusal, denial])
def test_an_error_is_final_until_something_changes(
    code: str,
    oauth: bool,  # noqa: FBT001 - a column of the table
    final: bool,  # noqa: FBT001 - a column of the table
    make: Callable[..., SourceError | None],
) -> None:
    """With OAuth all but temporary ones; elsewhere only those of the standard."""
    error = make("id.test", reply(400, b'{"error": "%b"}' % code.encode()), oauth=oauth)
    assert error is not None
    assert error.recoverable is not final


def test_without_an_error_nothing_is_denied() -> None:
    """Then the token is missing for another reason."""
    assert denial("id.test", reply(200, b'{"token": 7}')) is None


async def test_repeated_credentials_are_not_reported() -> None:
    """They are known from the request."""

    class Echo:
        async def ask(self, request: ServiceRequest) -> ServiceReply:
            return reply(400, f"what is {request.url.rpartition('=')[2]}?".encode())

    error = refusal("id.test", await answer_of(Echo(), ASK))
    assert str(error) == "id.test answered 400: what is …?"


async def test_a_missing_answer_is_a_failure_of_the_source() -> None:
    """The message names at most the host."""

    class Down:
        async def ask(self, request: ServiceRequest) -> ServiceReply:
            raise UnreachableError(f"{host_of(request.url)}: connection refused")

    with pytest.raises(SourceError) as caught:
        await answer_of(Down(), ASK)
    assert str(caught.value) == "id.test:8443: connection refused"
    assert caught.value.recoverable
