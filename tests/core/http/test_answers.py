"""What an answer means, and how Proxy-Status says it."""

import pytest

from proxy import errors
from proxy.core.http.answers import (
    Blame,
    Statuses,
    Verdict,
    blame_of,
    proxy_status,
)
from proxy.core.kind import Kind

STATUSES = Statuses()


@pytest.mark.parametrize("status", [200, 204, 206])
def test_success_is_success(status: int) -> None:
    """Every 2xx is."""
    verdict = STATUSES.classify(status, kind=Kind.ENTRY, carried=True)
    assert verdict is Verdict.OK


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_refusal_counts_only_if_something_could_be_refused(status: int) -> None:
    """If the request carried our token, or a playlist listed its URL."""

    def verdict(*, carried: bool, renewable: bool) -> Verdict:
        return STATUSES.classify(
            status, kind=Kind.SEGMENT, carried=carried, renewable=renewable
        )

    assert verdict(carried=True, renewable=False) is Verdict.REFUSED
    assert verdict(carried=False, renewable=True) is Verdict.REFUSED
    assert verdict(carried=False, renewable=False) is Verdict.PASS


def test_a_stream_may_configure_what_a_refusal_is() -> None:
    """For example without 403, if that only means forbidden."""
    statuses = Statuses(refused=frozenset({401}))
    verdict = statuses.classify(403, kind=Kind.SEGMENT, carried=True)
    assert verdict is Verdict.PASS


@pytest.mark.parametrize("status", [404, 412, 425])
def test_only_an_entry_can_be_not_ready(status: int) -> None:
    """A missing segment is just missing."""
    entry = STATUSES.classify(status, kind=Kind.ENTRY, carried=True)
    segment = STATUSES.classify(status, kind=Kind.SEGMENT, carried=True)
    assert (entry, segment) == (Verdict.NOT_READY, Verdict.PASS)


@pytest.mark.parametrize("status", [404, 412, 425])
def test_an_answer_to_directives_does_not_mean_not_started(status: int) -> None:
    """A player that sends a blocking reload has already seen the stream."""
    verdict = Statuses().classify(status, kind=Kind.ENTRY, carried=True, directed=True)
    assert verdict is Verdict.PASS


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
def test_gateway_errors_are_transient(status: int) -> None:
    """For every kind of resource."""
    verdict = STATUSES.classify(status, kind=Kind.ENTRY, carried=True)
    assert verdict is Verdict.TRANSIENT


@pytest.mark.parametrize("status", [304, 400, 404, 416, 429, 501, 505])
def test_everything_else_is_passed_on(status: int) -> None:
    """The player may know what to do."""
    verdict = STATUSES.classify(status, kind=Kind.PLAYLIST, carried=True)
    assert verdict is Verdict.PASS


@pytest.mark.parametrize("kind", [Kind.ENTRY, Kind.PLAYLIST])
@pytest.mark.parametrize(
    ("status", "directed", "doubted"),
    [
        (404, False, True),
        (400, False, True),
        (404, True, True),
        (400, True, False),
        (412, False, False),
        (451, False, False),
        (500, False, False),
    ],
)
def test_a_missing_playlist_that_existed_before_is_doubtful(
    kind: Kind, status: int, *, directed: bool, doubted: bool
) -> None:
    """If another try may succeed; 400 may also be about directives."""

    def verdict(*, carried: bool = True, had: bool = True) -> Verdict:
        return STATUSES.classify(
            status, kind=kind, carried=carried, directed=directed, had=had
        )

    assert (verdict() is Verdict.DOUBTFUL) is doubted
    assert verdict(had=False) is not Verdict.DOUBTFUL
    assert verdict(carried=False) is not Verdict.DOUBTFUL


def test_a_missing_segment_is_not_doubtful() -> None:
    """It left the window."""
    verdict = STATUSES.classify(404, kind=Kind.SEGMENT, carried=True, had=True)
    assert verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("error", "blame"),
    [
        (errors.UnreachableError("x"), "destination_unavailable"),
        (errors.UnreachableError("x", timed_out=True), "connection_read_timeout"),
        (errors.AddressRefusedError("x"), "destination_ip_prohibited"),
        (errors.RedirectRefusedError("x"), "http_protocol_error"),
        (errors.BadAnswerError("x"), "http_protocol_error"),
        (errors.TruncatedError("x"), "http_response_incomplete"),
        (errors.RefusedError("x", status=403), None),
    ],
)
def test_every_failure_has_its_error_type(
    error: errors.UpstreamError, blame: str | None
) -> None:
    """A plain refusal has none, because the received status shows it."""
    assert blame_of(error) == blame


@pytest.mark.parametrize(
    ("blame", "received", "details", "value"),
    [
        (None, None, None, "hls-auth-proxy"),
        (None, 403, None, "hls-auth-proxy; received-status=403"),
        (
            Blame.INCOMPLETE,
            None,
            None,
            "hls-auth-proxy; error=http_response_incomplete",
        ),
        (
            Blame.CONNECTION_REFUSED,
            502,
            'a "b" \\ \n ü',
            (
                "hls-auth-proxy; error=connection_refused; received-status=502; "
                'details="a \\"b\\" \\\\ ? ?"'
            ),
        ),
    ],
)
def test_proxy_status_is_a_structured_field(
    blame: Blame | None, received: int | None, details: str | None, value: str
) -> None:
    """RFC 9209: tokens, an integer, a quoted string of printable ASCII."""
    assert proxy_status(blame, received_status=received, details=details) == value


def test_a_manifest_that_is_gone_is_reported_to_the_player() -> None:
    """It must stop requesting it; no token is at fault."""
    verdict = Statuses().classify(410, kind=Kind.STEERING, carried=True)
    assert verdict is Verdict.PASS
