"""Asking a token service, and what its status means."""

from typing import Protocol

from proxy.core.http import uri
from proxy.core.tokens.service import ServiceReply, ServiceRequest
from proxy.errors import SourceError, UpstreamError

_SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)

REFUSED = frozenset({401, 403})
"""Who asks has no right to: the same request will be refused again."""


class TokenService(Protocol):
    """The way to token services; whoever builds the sources gives it to them."""

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Return the answer, whatever its status, or raise `UpstreamError`.

        Asked once, no redirect is followed, and what is read is bounded.
        """
        ...


async def answer_of(service: TokenService, request: ServiceRequest) -> ServiceReply:
    """Ask, and return the answer; raise `SourceError` if there is none."""
    try:
        return await service.ask(request)
    except UpstreamError as exc:
        raise SourceError(str(exc)) from exc


def refusal(
    host: str, reply: ServiceReply, *, code: str | None = None, hopeless: bool = False
) -> SourceError | None:
    """Return the error that the status of an answer means; `None` if it is a success.

    `code` is what the service said besides, in a word that may be told; `hopeless` says
    that by this word the same request will be refused again.
    """
    if reply.status in _SUCCESS:
        return None
    told = f" ({code})" if code else ""
    if reply.status in _REDIRECT:
        told += ", and redirects are not followed"
    return SourceError(
        f"{host} answered {reply.status}{told}",
        recoverable=reply.status not in REFUSED and not hopeless,
        retry_after=reply.retry_after,
    )


def host_of(url: str) -> str:
    """Return the host that is asked: all of a URL that a message may hold."""
    return uri.origin(url).partition("://")[2]
