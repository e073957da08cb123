"""Turn failures into the answers that players get.

Never 401, and no 403 for a problem of our own: VLC would open a login dialog, hls.js
and AVPlayer would give up for good. 503 if waiting helps, 502 if not. The field
Proxy-Status (RFC 9209) shows the operator whose fault it is.
"""

import math
from dataclasses import replace

from proxy import errors
from proxy.core.http.answers import Blame, blame_of, proxy_status
from proxy.core.http.headers import Fields
from proxy.web.reply import WholeReply, refusal

NOT_READY_RETRY_SECONDS = 2
"""A live entry playlist appears with its first segment, some seconds after the encoder
starts."""

# 416 needs its Content-Range. Other fields about the body describe another body.
_PASSED = frozenset({"age", "content-range", "date", "retry-after"})
_LOGIN = frozenset({401, 407})


def reply_to(error: errors.HlsAuthProxyError) -> WholeReply:
    """Return the player's answer for an error raised before the first byte was sent.

    Texts from an upstream or a token service go to the log only.
    """
    detail, said = str(error), errors.said_by_upstream(error)
    if status := getattr(error, "status", None):
        detail += f" (status {status})"
    if isinstance(error, errors.NameUnknownError) and error.forbidden:
        detail += f"; {error.forbidden} is not allowed: see origins and follow"
    if said:
        detail += f"; the upstream says: {said}"
    return replace(_reply_to(error), detail=detail)


def _reply_to(error: errors.HlsAuthProxyError) -> WholeReply:
    match error:
        case errors.NameUnknownError():
            keyless = isinstance(error, errors.KeyUnknownError)
            return refusal(404, "wrong access key" if keyless else "unknown name")
        case errors.NameUndecidedError():
            status = proxy_status(Blame.INTERNAL, details="too many unknown names")
            return _later(status, "name not looked up yet", error.retry_after)
        case errors.TokenUnavailableError():
            status = proxy_status(Blame.INTERNAL, details="no usable token")
            return _later(status, "no usable token", error.retry_after)
        case errors.CrowdedError():
            status = proxy_status(Blame.INTERNAL, details=error.problem)
            return _later(status, error.problem, error.retry_after)
        case errors.UpstreamError():
            return _upstream(error)
        case _:
            status = proxy_status(Blame.INTERNAL)
            return refusal(500, "internal", ("Proxy-Status", status))


def _upstream(error: errors.UpstreamError) -> WholeReply:
    match error:
        case errors.NotReadyError():
            status = proxy_status(None, received_status=error.status)
            return _later(status, "not ready", NOT_READY_RETRY_SECONDS)
        case errors.StatusError():
            return _passed(error.status, error.headers)
        case errors.RefusedError() | errors.SignatureRefusedError():
            status = proxy_status(None, received_status=error.status)
            return refusal(502, "refused upstream", ("Proxy-Status", status))
        case _:
            return _broken(error)


def _broken(error: errors.UpstreamError) -> WholeReply:
    silent = isinstance(error, errors.UnreachableError) and error.timed_out
    details = _details(error)
    status = proxy_status(blame_of(error), details=details)
    problem = details or ("upstream silent" if silent else "upstream broken")
    return refusal(504 if silent else 502, problem, ("Proxy-Status", status))


def _details(error: errors.UpstreamError) -> str | None:
    """Return a text for the player that holds nothing of the upstream's; else None.

    It is for faults that the player's network or a limit may have caused.
    """
    said = errors.ImposterError | errors.LimitError | errors.KeyNotKeptError
    if isinstance(error, said):
        return str(error)
    if isinstance(error, errors.RedirectRefusedError):
        return "a forbidden redirect; perhaps a captive portal or a login page"
    return None


def _later(proxy_status: str, problem: str, seconds: float) -> WholeReply:
    return refusal(503, problem, ("Proxy-Status", proxy_status), *_retry_after(seconds))


def _passed(status: int, headers: Fields) -> WholeReply:
    """Return the upstream's status, or 502 if that would mislead the player."""
    cause = ("Proxy-Status", proxy_status(None, received_status=status))
    crossing = (field for field in headers if field[0].lower() in _PASSED)
    if status in _LOGIN or not 400 <= status < 600:  # noqa: PLR2004
        status = 502
    return refusal(status, "upstream status", cause, *crossing)


def _retry_after(seconds: float) -> Fields:
    return (("Retry-After", str(max(1, math.ceil(seconds)))),)
