"""What an upstream's answer means, and how Proxy-Status describes a failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from proxy import errors
from proxy.core.http.headers import PLAYLISTS
from proxy.core.http.structured import quoted
from proxy.core.kind import Kind

TRANSIENT = frozenset({500, 502, 503, 504, *range(520, 525)})
"""Statuses that report a problem of a server or gateway (Cloudflare's: 520 to 524), and
say nothing about the requested resource."""

DOUBTFUL = frozenset({400, 404})
"""What some platforms answer for a playlist whose session has ended."""

_NOT_MODIFIED = 304
_NOT_FOUND = 404
_GONE = 410


class Verdict(StrEnum):
    """What an answer means for the request."""

    OK = "ok"
    REFUSED = "refused"
    """The token, or the platform's signature, was refused."""
    DOUBTFUL = "doubtful"
    """Perhaps a refusal: worth one retry with a newer token or URL. If that fails too,
    the status is taken literally."""
    NOT_READY = "not-ready"
    """A live entry that has not started yet."""
    TRANSIENT = "transient"
    """May go away by itself."""
    PASS = "pass"  # noqa: S105
    """To be passed on to the player."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """Which statuses of a stream's upstream mean "refused" and "not ready"."""

    refused: frozenset[int] = frozenset({401, 403, 410})
    not_ready: frozenset[int] = frozenset({404, 412, 425})

    def classify(
        self,
        status: int,
        *,
        kind: Kind,
        carried: bool,
        renewable: bool = False,
        directed: bool = False,
        had: bool = False,
    ) -> Verdict:
        """Return what the status means for a request of this kind.

        A refusal only counts if a retry can turn out differently: if the request
        `carried` the token, or if its URL is `renewable` because a playlist or a
        redirect named it. A player that sends delivery directives (`directed`) has
        already seen the stream, so it has started. If a playlist was loaded before
        (`had`) and is missing now, its session may have ended.
        """
        # For media, a player's own validators are passed on, so a 304 is a valid answer
        # too.
        fresh = status == _NOT_MODIFIED and kind not in PLAYLISTS
        if 200 <= status < 300 or fresh:  # noqa: PLR2004
            return Verdict.OK
        # RFC 8216bis section 7.2: status 410 for a manifest means to stop requesting
        # it.
        if status == _GONE and kind is Kind.STEERING:
            return Verdict.PASS
        if carried or renewable:
            if status in self.refused:
                return Verdict.REFUSED
            if had and kind in PLAYLISTS and _is_doubtful(status, directed=directed):
                return Verdict.DOUBTFUL
        if status in self.not_ready and kind is Kind.ENTRY and not directed:
            return Verdict.NOT_READY
        return Verdict.TRANSIENT if status in TRANSIENT else Verdict.PASS


def _is_doubtful(status: int, *, directed: bool) -> bool:
    # RFC 8216bis section 6.2.5.2: 400 also answers directives that ask for too much.
    return status == _NOT_FOUND if directed else status in DOUBTFUL


class Blame(StrEnum):
    """Whose fault it is: the error types of RFC 9209 section 2.3 that can occur."""

    DNS_ERROR = "dns_error"
    DESTINATION_UNAVAILABLE = "destination_unavailable"
    ADDRESS_PROHIBITED = "destination_ip_prohibited"
    ADDRESS_UNROUTABLE = "destination_ip_unroutable"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_TERMINATED = "connection_terminated"
    CONNECTION_TIMEOUT = "connection_timeout"
    READ_TIMEOUT = "connection_read_timeout"
    TLS_PROTOCOL = "tls_protocol_error"
    TLS_CERTIFICATE = "tls_certificate_error"
    INCOMPLETE = "http_response_incomplete"
    HEAD_SIZE = "http_response_header_section_size"
    BODY_SIZE = "http_response_body_size"
    TRANSFER_CODING = "http_response_transfer_coding"
    PROTOCOL = "http_protocol_error"
    INTERNAL = "proxy_internal_error"


_BLAMES: Mapping[type[errors.UpstreamError], Blame] = MappingProxyType(
    {
        errors.AddressRefusedError: Blame.ADDRESS_PROHIBITED,
        errors.RedirectRefusedError: Blame.PROTOCOL,
        errors.TruncatedError: Blame.INCOMPLETE,
        errors.BadAnswerError: Blame.PROTOCOL,
        errors.LimitError: Blame.BODY_SIZE,
        errors.ImposterError: Blame.PROTOCOL,
    }
)


def blame_of(error: errors.UpstreamError) -> Blame | None:
    """Return the error type for a failure.

    Return None for a plain refusal, because its status is reported instead.
    """
    if error.blame is not None:
        return Blame(error.blame)
    if isinstance(error, errors.UnreachableError):
        return Blame.READ_TIMEOUT if error.timed_out else Blame.DESTINATION_UNAVAILABLE
    return _BLAMES.get(type(error))


def proxy_status(
    blame: Blame | None,
    *,
    received_status: int | None = None,
    details: str | None = None,
) -> str:
    """Return the value of Proxy-Status (RFC 9209), a structured field of one member."""
    value = "hls-auth-proxy"
    if blame is not None:
        value += f"; error={blame}"
    if received_status is not None:
        value += f"; received-status={received_status}"
    if details is not None:
        value += f"; details={quoted(details)}"
    return value
