"""What an upstream's answer means, and how Proxy-Status words a failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from proxy import errors
from proxy.core.http.headers import PLAYLISTS
from proxy.core.kind import Kind

TRANSIENT = frozenset({500, 502, 503, 504, *range(520, 525)})
"""A server's or gateway's trouble (Cloudflare's: 520 to 524), not an answer about what
was asked for."""

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
    """Perhaps a refusal: worth one try with something newer, else what it says."""
    NOT_READY = "not-ready"
    """A live entry that has not started yet."""
    TRANSIENT = "transient"
    """May pass by itself."""
    PASS = "pass"  # noqa: S105
    """The player's to see."""


@dataclass(frozen=True, slots=True)
class Statuses:
    """How a stream's upstream says no, and not yet."""

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

        A refusal counts where another try can differ: on a request that `carried` the
        token, or whose URL is `renewable` because a playlist or a redirect named it.
        Whoever sends delivery directives (`directed`) has seen the stream: it has
        started. A playlist that was `had` before and is missing now may be one whose
        session has ended.
        """
        # A player's own validators cross for media, so their 304 is an answer too.
        fresh = status == _NOT_MODIFIED and kind not in PLAYLISTS
        if 200 <= status < 300 or fresh:  # noqa: PLR2004
            return Verdict.OK
        # RFC 8216bis section 7.2: a manifest that is gone says to stop asking.
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
    # RFC 8216bis section 6.2.5.2: 400 is also the answer to directives that go too far.
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
    """Return the error type for a failure; a plain refusal is told by its status."""
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
        value += f"; details={_quoted(details)}"
    return value


def _quoted(text: str) -> str:
    # RFC 8941 section 3.3.3: printable ASCII; a backslash and a quote are escaped.
    printable = "".join(char if " " <= char <= "~" else "?" for char in text)
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'
