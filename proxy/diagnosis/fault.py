"""Describes a failure: whose fault it is, and what to do about it."""

from http.client import responses

from proxy import errors
from proxy.core.http.answers import Blame, blame_of
from proxy.diagnosis.cause import Cause
from proxy.diagnosis.stream_facts import StreamFacts
from proxy.diagnosis.token_causes import cause_in


class RangeIgnoredError(errors.BadAnswerError):
    """A byte range was requested, but the whole file or other bytes came."""


_SETTINGS = "the stream's settings"

_STATUSES = {
    400: Cause(_SETTINGS, "check {settings}"),
    401: Cause(
        _SETTINGS,
        "it expects a token, and none was sent: check token, placement and reach",
    ),
    403: Cause(
        "the upstream",
        "it does not allow this viewer: a country, an address, a missing Referer. If "
        "it means the token, add 403 to `refused`",
    ),
    404: Cause(_SETTINGS, "there is nothing at this URL: check {settings}"),
    410: Cause(
        _SETTINGS,
        "it is gone: check {settings}. If it means the token, add 410 to `refused`",
    ),
    412: Cause("the encoder", "the stream is not live, or its media is not ready"),
    416: Cause(
        "the upstream", "a playlist refers to bytes that the file does not have"
    ),
    422: Cause(_SETTINGS, "the platform does not accept the id: check {settings}"),
    451: Cause(
        "the viewer's rights",
        "the law or a contract forbids it here: ask the owner of the rights",
    ),
    429: Cause(
        "the upstream", "it gets too many requests: wait, or raise the quota there"
    ),
}
_BLAMES = {
    Blame.DNS_ERROR: Cause(
        "the settings, or the network",
        "its name has no address: check {host}, and DNS on this machine",
    ),
    Blame.CONNECTION_REFUSED: Cause(
        "the upstream", "nothing listens there: start it, or check {host} and the port"
    ),
    Blame.ADDRESS_UNROUTABLE: Cause(
        "the network",
        "there is no route to {host}: check the connection of this machine",
    ),
    Blame.CONNECTION_TIMEOUT: Cause(
        "the network", "nothing answers: check {host}, the connection, and firewalls"
    ),
    Blame.READ_TIMEOUT: Cause(
        "the upstream, or the network",
        (
            "it accepts the connection and does not answer: try again, "
            "then ask who runs it"
        ),
    ),
    Blame.TLS_CERTIFICATE: Cause(
        "the upstream",
        "its certificate is not trusted here: check {host}, the date of this machine, "
        "and its certificate authorities",
    ),
    Blame.TLS_PROTOCOL: Cause(
        "the upstream", "TLS fails: if it has no TLS, the URL begins with http"
    ),
}
# The first matching class is used.
_ERRORS: tuple[tuple[type[errors.HlsAuthProxyError], Cause], ...] = (
    (
        errors.TokenUnavailableError,
        Cause("the source of the token", "correct what the message names"),
    ),
    (errors.StartError, Cause(_SETTINGS, "correct what the message names")),
    (
        errors.ChildRefusedError,
        Cause(
            "the upstream, or the viewer's rights",
            "it refuses a URL of its own playlist, also after a reload: a country, an "
            "address, a missing Referer; or the token, if one was sent; {shown}",
        ),
    ),
    (
        errors.RefusedError,
        Cause(
            "the token, or the viewer's rights",
            "{doubts}. If the token is right, the viewer may not watch here",
        ),
    ),
    (
        errors.SignatureRefusedError,
        Cause(
            "the upstream",
            "it refuses a URL that it signed itself: ask whoever runs it",
        ),
    ),
    (
        errors.NotReadyError,
        Cause(
            f"the encoder, or {_SETTINGS}",
            "if the stream is live, start it; if it is a recording, check {settings}",
        ),
    ),
    (
        errors.NameUnknownError,
        Cause(
            _SETTINGS,
            (
                "a playlist refers to a URL that may not be fetched: see "
                "origins and follow"
            ),
        ),
    ),
    (
        errors.CrowdedError,
        Cause(
            _SETTINGS,
            "players ask for more new ids than limits.new_members_per_minute allows, "
            "or for more selections than limits.selections_per_stream",
        ),
    ),
    (
        errors.AddressRefusedError,
        Cause(
            _SETTINGS,
            "this address is not allowed: list its origin in origins, if it is yours",
        ),
    ),
    (
        errors.RedirectRefusedError,
        Cause(
            _SETTINGS,
            "the redirect leads to an origin that is not allowed: check {settings}. It "
            "may be a login page (check the token) or a captive portal (the network)",
        ),
    ),
    (
        RangeIgnoredError,
        Cause(
            "the upstream",
            "it ignores byte ranges, so players would get the wrong bytes: enable "
            "ranges there, or give each segment a file of its own",
        ),
    ),
    (
        errors.LimitError,
        Cause(
            "the upstream, or the settings",
            "if an answer of this size is right, raise the setting that is named "
            "above; else look at the answer in a browser",
        ),
    ),
    (
        errors.BadAnswerError,
        Cause(
            "the upstream",
            "its answer cannot be used: look at it in a browser, or ask who runs it",
        ),
    ),
)
_PORTAL = Cause(
    "the network, or the token",
    "open the URL in a browser on this machine. If a captive portal appears (hotel, "
    "guest Wi-Fi), sign in there. If a login page appears, {doubts}",
)
_GATE = Cause(
    "the token, or the viewer's rights",
    "the upstream refuses with a page or an error text in place of a status; {doubts}",
)
_NO_ANSWER = Cause(
    "the network, or the upstream",
    "no answer came: check the connection of this machine, then ask who runs it",
)
_EMPTY = Cause(
    "the upstream, or the token",
    "it answers with nothing: ask whoever runs it; or {doubts}",
)
_UNKNOWN = StreamFacts("STREAM")
_FAULTY = Cause("the upstream", "it has a fault: ask whoever runs it")


def cause_of(error: errors.HlsAuthProxyError, facts: StreamFacts = _UNKNOWN) -> Cause:
    """Return whose fault an error raised by a stream is, and what to do."""
    return _cause(error).about(facts)


def _cause(error: errors.HlsAuthProxyError) -> Cause:
    if isinstance(error, errors.ImposterError):
        if error.empty:
            return _EMPTY
        return _PORTAL if error.exposed and error.page else _GATE
    if isinstance(error, errors.StatusError):
        return _STATUSES.get(error.status, _FAULTY)
    blame = blame_of(error) if isinstance(error, errors.UpstreamError) else None
    if blame in _BLAMES:
        return _BLAMES[blame]
    if isinstance(error, errors.TokenError) and (found := cause_in(str(error))):
        return found
    causes = (cause for kind, cause in _ERRORS if isinstance(error, kind))
    return next(causes, _NO_ANSWER)


def words_of(error: errors.HlsAuthProxyError) -> str:
    """Return what happened; includes the status if the upstream answered."""
    if isinstance(error, errors.NameUnknownError):
        where = error.forbidden or "its address"
        return f"a playlist refers to it, but {where} is not allowed"
    status = getattr(error, "status", None)
    if isinstance(error, errors.StatusError):
        return f"it answered {status} {responses.get(error.status, '')}".rstrip()
    return str(error) if status is None else f"{error} (status {status})"
