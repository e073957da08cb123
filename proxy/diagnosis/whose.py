"""A failure in words: whose matter it is, and what to do about it."""

import re
from dataclasses import dataclass
from http.client import responses

from proxy import errors
from proxy.core.http.answers import Blame, blame_of


@dataclass(frozen=True, slots=True)
class Cause:
    """Whose matter a failure is, and what to do."""

    whose: str
    advice: str


class RangeIgnoredError(errors.BadAnswerError):
    """The whole came, or other bytes, where a range was asked for."""


_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SETTINGS = "the stream's settings"
_SHOWN = "`hls-auth-proxy token` shows it"

_STATUSES = {
    400: Cause(_SETTINGS, "look at url, playback_id and variables"),
    401: Cause(
        _SETTINGS,
        "it wants a token, and none went there: look at token, placement and reach",
    ),
    403: Cause(
        "the upstream",
        "it forbids this viewer: a country, an address, a missing Referer. If it means "
        "the token, put 403 into `refused`",
    ),
    404: Cause(_SETTINGS, "nothing is there: look at url and playback_id"),
    410: Cause(_SETTINGS, "it is gone. If it means the token, put 410 into `refused`"),
    412: Cause("the encoder", "the stream is not live, or its media are not ready"),
    416: Cause("the upstream", "a playlist names bytes that the file does not have"),
    422: Cause(_SETTINGS, "the platform cannot read the playback_id"),
    451: Cause(
        "the viewer's rights",
        "the law, or a contract, forbids it here: ask whoever holds the rights",
    ),
    429: Cause("the upstream", "it is asked too often: wait, or raise the quota there"),
}
_BLAMES = {
    Blame.DNS_ERROR: Cause(
        "the settings, or the network", "no address is known for the host of `url`"
    ),
    Blame.CONNECTION_REFUSED: Cause(
        "the upstream", "nobody listens there: look at the host and port of `url`"
    ),
    Blame.ADDRESS_UNROUTABLE: Cause("the network", "there is no route: is it up?"),
    Blame.CONNECTION_TIMEOUT: Cause("the network", "nothing answers: a firewall?"),
    Blame.READ_TIMEOUT: Cause(
        "the upstream, or the network",
        "it is connected and says nothing: is it overloaded, are packets lost?",
    ),
    Blame.TLS_CERTIFICATE: Cause(
        "the upstream",
        "its certificate is not trusted here: look at the host of `url`, the date of "
        "this machine, and its certificate authorities",
    ),
    Blame.TLS_PROTOCOL: Cause("the upstream", "TLS fails: does it speak TLS at all?"),
}
# The first class that fits is the one.
_ERRORS: tuple[tuple[type[errors.HlsAuthProxyError], Cause], ...] = (
    (
        errors.TokenUnavailableError,
        Cause("the source of the token", "fix what it says above"),
    ),
    (errors.StartError, Cause(_SETTINGS, "fix what it says above")),
    (
        errors.ChildRefusedError,
        Cause(
            "the upstream, or the viewer's rights",
            "it refuses what its own playlist lists, loaded anew too: a country, an "
            f"address, a missing Referer, or the token where one goes there; {_SHOWN}",
        ),
    ),
    (
        errors.RefusedError,
        Cause(
            "the token, or the viewer's rights",
            f"a wrong key, key id or playback id, a wrong clock; {_SHOWN}",
        ),
    ),
    (
        errors.SignatureRefusedError,
        Cause("the upstream", "it refuses a URL that it signed itself"),
    ),
    (
        errors.NotReadyError,
        Cause("the encoder", "the stream is not live yet, or there is no such id"),
    ),
    (
        errors.NameUnknownError,
        Cause(
            _SETTINGS,
            "a playlist refers to what may not be fetched",
        ),
    ),
    (
        errors.CrowdedError,
        Cause(_SETTINGS, "new_members_per_minute is less than what players ask for"),
    ),
    (errors.AddressRefusedError, Cause(_SETTINGS, "this address is not allowed")),
    (
        errors.RedirectRefusedError,
        Cause(
            _SETTINGS,
            "it leads where the stream may not go: look at url. If that is "
            "a login page, look at the token; if a captive portal, at the network",
        ),
    ),
    (
        RangeIgnoredError,
        Cause(
            "the upstream",
            "it has no byte ranges, and players would get the wrong bytes: turn ranges "
            "on there, or have it send each segment as a file of its own",
        ),
    ),
    (
        errors.LimitError,
        Cause(
            "the upstream, or the settings",
            "if what it sends is meant to be that large, raise the setting that is "
            "named above; else look at its answer by hand",
        ),
    ),
    (
        errors.BadAnswerError,
        Cause("the upstream", "its answer cannot be used: look at it by hand"),
    ),
)
_PORTAL = Cause(
    "the network, or the token",
    "open the URL in a browser here: is it the page of a captive portal (a hotel, a "
    f"guest Wi-Fi), or a login page? For the latter: {_SHOWN}",
)
_GATE = Cause(
    "the token, or the viewer's rights",
    f"the upstream says no by a page or an error text; {_SHOWN}",
)
# RFC 6749, section 5.2, and RFC 8707, as they stand in the words of a source.
_OAUTH = {
    "invalid_client": "client_id or client_secret is wrong, or client_auth: look there",
    "invalid_grant": "the login is over or was revoked: get a new refresh_token",
    "invalid_scope": "the service does not know these scopes: look at scopes",
    "invalid_target": "it does not know what is asked for: look at parameters",
    "unauthorized_client": "this client may not use this grant: allow it there",
    "unsupported_grant_type": "the service has no such grant: look at grant, token_url",
}
_BOTH = f"{_SETTINGS}, or the token service"
# The first that stands in the words of a source is the one.
_SOURCES = (
    *((re.compile(code), Cause(_BOTH, advice)) for code, advice in _OAUTH.items()),
    (
        re.compile(r"answered 40[13]\b"),
        Cause(_BOTH, "it does not accept who asks: look at the secrets in `token`"),
    ),
    (
        re.compile(r"answered (404|405|410)\b"),
        Cause(_BOTH, "it has no tokens there: look at url and method in `token`"),
    ),
    (
        re.compile(r"answered (400|415|422)\b"),
        Cause(_BOTH, "it cannot read the request: look at url and body in `token`"),
    ),
    (
        re.compile(r"answered 429\b"),
        Cause("the token service", "it is asked too often: raise the quota there"),
    ),
    (
        re.compile(r"answered 5\d\d\b"),
        Cause("the token service", "it is out of order: ask whoever runs it"),
    ),
    (
        re.compile(r"has (nothing|no string) at"),
        Cause(_SETTINGS, "look at the pointers in `token`: fields, expires_in"),
    ),
    (
        re.compile(r"connection refused"),
        Cause(_BOTH, "nobody listens there: is it up, are host and port right?"),
    ),
    (
        re.compile(r"no token within|nothing came within|not done within"),
        Cause("the source of the token", "it takes too long: look there, or `timeout`"),
    ),
)
_NO_ANSWER = Cause("the network, or the upstream", "no answer comes from there")
_OUT_OF_ORDER = Cause("the upstream", "it is out of order: ask whoever runs it")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a stream may fetch, as its settings say it."""

    stream: str
    """The configured name."""
    origins: frozenset[str]
    """The setting of this name."""
    spreads: bool
    """Whether what lies on the origins of `reach_origins` gets the token."""


def cure_of(error: errors.HlsAuthProxyError, allowed: Allowed) -> tuple[str, ...]:
    """Return the lines of the configuration that would allow an origin; none: no such.

    What is no web address cannot be allowed.
    """
    if not error.forbidden.startswith(("http://", "https://")):
        return ()
    name = allowed.stream
    table = name if _BARE.fullmatch(name) else f'"{name}"'
    listed = [f'"{one}"' for one in sorted({*allowed.origins, error.forbidden})]
    told = [
        "if this origin belongs to the stream, allow it:",
        f"    [streams.{table}]",
        f"    origins = [{', '.join(listed)}]",
    ]
    if allowed.spreads:
        told.append("in reach_origins instead, if it needs the token as well")
    if isinstance(error, errors.RedirectRefusedError):
        told.append("if it is a page to log in, the token is missing or refused")
    return tuple(told)


def cause_of(error: errors.HlsAuthProxyError) -> Cause:
    """Return whose matter an error is that a stream raised."""
    if isinstance(error, errors.ImposterError):
        return _PORTAL if error.exposed else _GATE
    if isinstance(error, errors.StatusError):
        return _STATUSES.get(error.status, _OUT_OF_ORDER)
    blame = blame_of(error) if isinstance(error, errors.UpstreamError) else None
    if blame in _BLAMES:
        return _BLAMES[blame]
    if isinstance(error, errors.TokenError):
        told = (cause for words, cause in _SOURCES if words.search(str(error)))
        found = next(told, None)
        if found is not None:
            return found
    causes = (cause for kind, cause in _ERRORS if isinstance(error, kind))
    return next(causes, _NO_ANSWER)


def words_of(error: errors.HlsAuthProxyError) -> str:
    """Return what happened; of an upstream's answer with its status."""
    if isinstance(error, errors.NameUnknownError):
        where = error.forbidden or "its address"
        return f"a playlist refers to it, but {where} is not allowed"
    status = getattr(error, "status", None)
    if isinstance(error, errors.StatusError):
        return f"it answered {status} {responses.get(error.status, '')}".rstrip()
    return str(error) if status is None else f"{error} (status {status})"
