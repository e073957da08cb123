"""Asking a token service, and what its status means."""

from collections import deque
from dataclasses import replace
from typing import Protocol

from proxy.core.http import uri
from proxy.core.tokens.service.error_text import error_code, words
from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import SourceError, UpstreamError

_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)
_CLIENT_ERROR = range(400, 500)
_SERVER_ERROR = range(500, 600)
_TOO_MANY = 429
# Only for requests whose secrets differ: a login has a new secret each time.
_REMEMBERED = 4
# RFC 9110 section 15.5.9, RFC 8470, RFC 6585: these mean try again later.
_PASSING = frozenset({408, 425, 429})
# RFC 6749, section 5.2, and RFC 8707: the same request will be refused again.
_FINAL_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "invalid_scope",
        "invalid_target",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
# RFC 6749, section 4.1.2.1, and RFC 8628, section 3.5.
_OVERLOADED_ERRORS = frozenset({"server_error", "slow_down", "temporarily_unavailable"})
_PASSING_ERRORS = _OVERLOADED_ERRORS | {"authorization_pending"}

REFUSED = frozenset({401, 403})
"""The caller is not authorised: the same request will be refused again."""

GONE = frozenset({404, 405, 410, 422})
"""The resource or method does not exist: the request itself has to change."""


class TokenService(Protocol):
    """The connection to token services; it is passed to each source."""

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Return the answer, whatever its status, or raise `UpstreamError`.

        The request is sent once. Redirects are not followed, and the size read is
        limited.
        """
        ...


class Remembered:
    """A token service, and the secrets sent to it recently that no player may see.

    The upstream may know them: services and media servers often belong to one operator.
    """

    def __init__(self, service: TokenService) -> None:
        self.sent: frozenset[str] = frozenset()
        self._service = service
        self._recent: deque[frozenset[str]] = deque(maxlen=_REMEMBERED)

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Ask the service; see `TokenService`."""
        if (credentials := request.credentials) not in self._recent:
            self._recent.append(credentials)
            self.sent = frozenset[str]().union(*self._recent)
        return await self._service.ask(request)


async def answer_of(service: TokenService, request: ServiceRequest) -> ServiceReply:
    """Ask, and return the answer; raise `SourceError` if there is none."""
    try:
        reply = await service.ask(request)
    except UpstreamError as exc:
        raise SourceError(str(exc), for_all=True) from exc
    return replace(reply, secrets=request.secrets)


def refusal(
    host: str, reply: ServiceReply, *, oauth: bool = False
) -> SourceError | None:
    """Return the error for the status of an answer; None if it is a success.

    The error includes the service's own words, with possible secrets masked. With
    `oauth` the answer follows RFC 6749: any `error` in it is final, except those that
    mean try again later. Otherwise only the errors of the standard are final.
    """
    if reply.status in _SUCCESS:
        return None
    told = ", and redirects are not followed" if reply.status in _REDIRECT else ""
    return _error(f"{host} answered {reply.status}{told}", reply, oauth=oauth)


def denial(
    host: str, reply: ServiceReply, *, oauth: bool = False
) -> SourceError | None:
    """Return the error named in an answer without a token; None if there is none.

    Some services answer every request with 200. Otherwise like `refusal`.
    """
    if error_code(reply.body) is None:
        return None
    return _error(f"{host} gave no token", reply, oauth=oauth)


def no_token(
    host: str, reply: ServiceReply, error: SourceError, *, oauth: bool = False
) -> SourceError:
    """Return why a success has no token: the service's own words, else `error`."""
    return denial(host, reply, oauth=oauth) or error.answered()


def _error(what: str, reply: ServiceReply, *, oauth: bool) -> SourceError:
    said = words(reply.headers, reply.body, reply.secrets)
    return SourceError(
        f"{what}: {said}" if said else what,
        recoverable=not _is_final(reply, oauth=oauth),
        retry_after=reply.retry_after,
        for_all=_is_for_all(reply),
        useless=reply.status in _SUCCESS or reply.status in _REDIRECT,
    )


def _is_for_all(reply: ServiceReply) -> bool:
    """Return whether the service itself fails, whatever the request."""
    if reply.status == _TOO_MANY or reply.status in _SERVER_ERROR:
        return True
    if reply.status in _REDIRECT:
        return True
    return error_code(reply.body) in _OVERLOADED_ERRORS


def _is_final(reply: ServiceReply, *, oauth: bool) -> bool:
    """Return whether the same request will be refused until something changes."""
    code = error_code(reply.body)
    if reply.status in _PASSING or code in _PASSING_ERRORS:
        return False
    if reply.status in REFUSED | GONE:
        return True
    said_no = reply.status in _SUCCESS or reply.status in _CLIENT_ERROR
    return said_no and (code in _FINAL_ERRORS or (oauth and code is not None))


def host_of(url: str) -> str:
    """Return the host: the only part of a URL that a message may contain."""
    return uri.origin(url).partition("://")[2]
