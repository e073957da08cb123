"""Tests of what a failure looks like to a player."""

from dataclasses import replace

import pytest
from multidict import CIMultiDict

from proxy import errors
from proxy.core.http.answers import Blame
from proxy.web.failures import reply_to

HOST = "cdn.example"


@pytest.mark.parametrize(
    ("error", "status", "proxy_status"),
    [
        (errors.NameUnknownError("x"), 404, None),
        (
            errors.NameUndecidedError("x", retry_after=30),
            503,
            (
                "hls-auth-proxy; error=proxy_internal_error; "
                'details="too many unknown names"'
            ),
        ),
        (
            errors.RefusedError("x", status=403),
            502,
            "hls-auth-proxy; received-status=403",
        ),
        (
            errors.SignatureRefusedError("x", status=401),
            502,
            "hls-auth-proxy; received-status=401",
        ),
        (
            errors.UnreachableError(HOST),
            502,
            "hls-auth-proxy; error=destination_unavailable",
        ),
        (
            errors.UnreachableError(HOST, timed_out=True),
            504,
            "hls-auth-proxy; error=connection_read_timeout",
        ),
        (
            errors.KeyNotKeptError(),
            502,
            (
                "hls-auth-proxy; error=destination_unavailable; "
                'details="the recording is encrypted, and keys are never kept on a '
                'disk; the upstream, which has the key, does not answer"'
            ),
        ),
        (
            errors.AddressRefusedError(HOST),
            502,
            "hls-auth-proxy; error=destination_ip_prohibited",
        ),
        (
            errors.RedirectRefusedError(HOST),
            502,
            (
                'hls-auth-proxy; error=http_protocol_error; details="a forbidden '
                'redirect; perhaps a captive portal or a login page"'
            ),
        ),
        (
            errors.ImposterError("got a web page", empty=False, exposed=True),
            502,
            'hls-auth-proxy; error=http_protocol_error; details="got a web page"',
        ),
        (
            errors.BadAnswerError(HOST),
            502,
            "hls-auth-proxy; error=http_protocol_error",
        ),
        (
            errors.TruncatedError(HOST),
            502,
            "hls-auth-proxy; error=http_response_incomplete",
        ),
        (errors.SourceError("x"), 500, "hls-auth-proxy; error=proxy_internal_error"),
    ],
)
def test_each_error_has_its_status(
    error: errors.HlsAuthProxyError, status: int, proxy_status: str | None
) -> None:
    """The status makes the player do what helps; Proxy-Status shows whose fault."""
    reply = reply_to(error)

    assert reply.status == status
    assert CIMultiDict(reply.headers).get("Proxy-Status") == proxy_status


@pytest.mark.parametrize(("seconds", "header"), [(0.1, "1"), (2.2, "3"), (30.0, "30")])
def test_without_a_token_the_answer_says_when_to_retry(
    seconds: float, header: str
) -> None:
    """Whole seconds, at least one."""
    reply = reply_to(errors.TokenUnavailableError("x", retry_after=seconds))

    assert (reply.status, CIMultiDict(reply.headers)["Retry-After"]) == (503, header)


def test_a_new_id_among_too_many_gets_a_retry_time() -> None:
    """And the reason, which differs from a missing token."""
    reply = reply_to(errors.CrowdedError("too many; see limits", retry_after=4.2))
    fields = CIMultiDict(reply.headers)
    assert (reply.status, fields["Retry-After"]) == (503, "5")
    assert "too many new ids" in fields["Proxy-Status"]
    assert reply.problem == "too many new ids"
    assert reply.detail == "too many; see limits"


def test_a_selection_among_too_many_names_its_limit() -> None:
    """It differs from the limit of new ids."""
    error = errors.CrowdedError("too many", retry_after=4.2, problem="see limits.x")
    reply = reply_to(error)
    assert 'details="see limits.x"' in CIMultiDict(reply.headers)["Proxy-Status"]
    assert reply.problem == "see limits.x"


def test_a_stream_that_has_not_started_is_to_be_retried() -> None:
    """A 404 would end playback before it began."""
    reply = reply_to(errors.NotReadyError("x", status=404))

    assert reply.status == 503
    assert "Retry-After" in CIMultiDict(reply.headers)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        *((status, status) for status in (403, 404, 416, 429, 503, 520, 599)),
        *((status, 502) for status in (200, 302, 401, 407, 600)),
    ],
)
def test_a_status_is_passed_on_unless_it_asks_for_a_login(
    status: int, expected: int
) -> None:
    """401 opens a dialog in VLC; a redirect would show an upstream address."""
    assert reply_to(errors.StatusError("x", status=status)).status == expected


def test_only_fields_about_the_status_are_passed_on() -> None:
    """The body is ours, so fields about the upstream's body must not appear."""
    headers = (
        ("Content-Range", "bytes */9"),
        ("Retry-After", "5"),
        ("Content-Length", "7"),
        ("Content-Encoding", "br"),
        ("WWW-Authenticate", "Basic"),
        ("Location", "https://cdn.example/?token=canary"),
    )
    reply = reply_to(errors.StatusError("x", status=416, headers=headers))

    fields = CIMultiDict(reply.headers)
    assert (fields["Content-Range"], fields["Retry-After"]) == ("bytes */9", "5")
    assert fields.keys() == {
        "Content-Range",
        "Retry-After",
        "Cache-Control",
        "Content-Type",
        "Proxy-Status",
    }
    assert reply.body == b"416 Requested Range Not Satisfiable\n"


def test_the_exact_fault_is_named_if_known() -> None:
    """An operator sees whether it was the name, the certificate or the port."""
    error = errors.UnreachableError("canary")
    error.blame = Blame.TLS_CERTIFICATE
    fields = CIMultiDict(reply_to(error).headers)
    assert fields["Proxy-Status"] == "hls-auth-proxy; error=tls_certificate_error"


def test_s5_no_failure_repeats_the_text_of_its_error() -> None:
    """Not in the body, not in a field, not in the word for the log."""
    for error in (
        errors.NameUnknownError("canary"),
        errors.TokenUnavailableError("canary", retry_after=1),
        errors.BadAnswerError("canary"),
        errors.StatusError("canary", status=404),
    ):
        reply = reply_to(error)
        assert "canary" not in f"{reply.headers}{reply.body!r}{reply.problem}"


def test_a_likely_cause_in_the_network_is_described() -> None:
    """In the answer and in the log: the operator looks there first."""
    words = "expected a playlist, got a web page; perhaps a captive portal"
    reply = reply_to(errors.ImposterError(words, empty=False, exposed=True))
    assert reply.problem == words
    led = reply_to(errors.RedirectRefusedError("host.example: to nowhere"))
    assert "captive portal" in (led.problem or "")
    assert "host.example" not in (led.problem or "")


@pytest.mark.parametrize(
    "error",
    [
        errors.RefusedError("refused", status=403),
        errors.SignatureRefusedError("refused", status=403),
        errors.NotReadyError("refused", status=404),
        errors.StatusError("refused", status=500),
        errors.BadAnswerError("refused"),
    ],
)
def test_the_upstreams_words_are_only_for_the_log(
    error: errors.UpstreamError,
) -> None:
    """No player gets a word of them, neither in a field nor in the body."""
    without = reply_to(error)
    error.said = "CANARY is expired"
    reply = reply_to(error)

    status = getattr(error, "status", None)
    told = f"refused (status {status})" if status else "refused"
    assert reply.detail == f"{told}; the upstream says: CANARY is expired"
    assert without.detail == told
    assert replace(reply, detail=None) == replace(without, detail=None)
    assert "CANARY" not in f"{reply.headers} {reply.body!r}"


def test_the_words_of_the_first_refusal_are_kept() -> None:
    """The parents of a signed URL had no newer one: the first reason still counts."""
    first = errors.SignatureRefusedError("refused", status=403)
    first.said = "expired"
    second = errors.RefusedError("its parents have no newer one", status=403)
    second.__context__ = first

    assert (reply_to(second).detail or "").endswith("; the upstream says: expired")


def test_a_forbidden_origin_is_only_for_the_log() -> None:
    """A player learns that there is no such name."""
    error = errors.NameUnknownError("no such name")
    error.forbidden = "https://cdn.test"
    reply = reply_to(error)

    assert (reply.status, reply.body) == (404, b"404 Not Found\n")
    assert reply.detail == (
        "no such name; https://cdn.test is not allowed: see origins and follow"
    )
