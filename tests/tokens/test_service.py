"""What the status of a token service means."""

import pytest

from proxy.core.tokens.service import ServiceReply, ServiceRequest
from proxy.errors import SourceError, UnreachableError
from proxy.tokens.service import answer_of, host_of, refusal

ASK = ServiceRequest("GET", "https://id.test:8443/token?key=canary")


def reply(status: int, **headers: str) -> ServiceReply:
    """Return an answer of this status."""
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ServiceReply(status, fields, b"", 0.0, 0.0)


@pytest.mark.parametrize(
    ("status", "headers", "recoverable", "wait"),
    [
        (401, {}, False, None),
        (403, {}, False, None),
        (404, {}, True, None),
        (429, {"retry_after": "20"}, True, 20.0),
        (503, {"retry_after": "20"}, True, 20.0),
        (500, {}, True, None),
        (302, {"location": "https://evil.test/"}, True, None),
        (304, {}, True, None),
    ],
)
def test_a_status_is_a_refusal_or_a_fault(
    status: int,
    headers: dict[str, str],
    recoverable: bool,  # noqa: FBT001 - a column of the table
    wait: float | None,
) -> None:
    """And it may name a time to wait."""
    error = refusal("id.test", reply(status, **headers))
    assert error is not None
    assert (error.recoverable, error.retry_after) == (recoverable, wait)
    assert str(error).startswith(f"id.test answered {status}")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_success_is_no_refusal(status: int) -> None:
    """Whatever it holds is judged later."""
    assert refusal("id.test", reply(status)) is None


def test_a_word_of_the_service_may_tell_more() -> None:
    """And that no other attempt will do better."""
    error = refusal("id.test", reply(400), code="invalid_grant", hopeless=True)
    assert str(error) == "id.test answered 400 (invalid_grant)"
    assert error is not None
    assert not error.recoverable


async def test_no_answer_is_a_fault_of_the_source() -> None:
    """In the words of whoever asked, which name the host at most."""

    class Down:
        async def ask(self, request: ServiceRequest) -> ServiceReply:
            raise UnreachableError(f"{host_of(request.url)}: connection refused")

    with pytest.raises(SourceError) as caught:
        await answer_of(Down(), ASK)
    assert str(caught.value) == "id.test:8443: connection refused"
    assert caught.value.recoverable
