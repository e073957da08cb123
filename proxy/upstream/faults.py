"""Turn aiohttp's errors into our own.

The text of an aiohttp error may hold the whole URL, token included. So none of it is
kept, and it must not be chained either: raise our errors `from None`.
"""

import errno
from dataclasses import dataclass

import aiohttp

from proxy import errors
from proxy.core.http.answers import Blame

FOREIGN = (aiohttp.ClientError, OSError, TimeoutError)
"""The errors that a request or a read may raise."""


class ProhibitedAddressError(PermissionError):
    """Raised when a socket is created; aiohttp wraps it as a failed connection."""


class FlawedHeadError(aiohttp.ClientError):
    """Raised when a head is read; `blame` says what is wrong with it."""

    def __init__(self, blame: Blame) -> None:
        super().__init__(blame)
        self.blame = blame


class NoHttpError(aiohttp.ClientError):
    """Raised when a head is read that the parser does not understand."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, as an error type of RFC 9209."""

    blame: Blame
    words: str

    def error(self, host: str) -> errors.UpstreamError:
        """Return the error to raise; it names the host and nothing else."""
        error = self._kind(f"{host}: {self.words}")
        error.blame = self.blame
        return error

    def _kind(self, reason: str) -> errors.UpstreamError:
        if self.blame is Blame.ADDRESS_PROHIBITED:
            return errors.AddressRefusedError(reason)
        if self.blame in _BAD_ANSWERS:
            return errors.BadAnswerError(reason)
        return errors.UnreachableError(reason, timed_out=self.blame in _TIMEOUTS)


_TIMEOUTS = frozenset({Blame.CONNECTION_TIMEOUT, Blame.READ_TIMEOUT})
_BAD_ANSWERS = frozenset(
    {Blame.PROTOCOL, Blame.HEAD_SIZE, Blame.TRANSFER_CODING, Blame.INTERNAL}
)

PROHIBITED = Fault(Blame.ADDRESS_PROHIBITED, "address refused by policy")
TERMINATED = Fault(Blame.CONNECTION_TERMINATED, "connection closed without an answer")


def silent(seconds: float) -> "Fault":
    """Return the fault of an upstream that sent nothing for this many seconds."""
    return Fault(Blame.READ_TIMEOUT, f"silent for {seconds:.0f} s")


_NO_HTTP = Fault(Blame.PROTOCOL, "not an HTTP answer")

# In order: the first matching class wins.
_FAULTS: tuple[tuple[type[Exception], Fault], ...] = (
    (aiohttp.InvalidURL, PROHIBITED),
    (aiohttp.NonHttpUrlClientError, PROHIBITED),
    (aiohttp.ClientConnectorDNSError, Fault(Blame.DNS_ERROR, "name not resolved")),
    (
        aiohttp.ClientConnectorCertificateError,
        Fault(Blame.TLS_CERTIFICATE, "certificate not trusted"),
    ),
    (aiohttp.ClientSSLError, Fault(Blame.TLS_PROTOCOL, "TLS failed")),
    (
        aiohttp.ConnectionTimeoutError,
        Fault(Blame.CONNECTION_TIMEOUT, "connecting timed out"),
    ),
    (TimeoutError, Fault(Blame.READ_TIMEOUT, "silent for too long")),
    (aiohttp.ClientResponseError, _NO_HTTP),
    (NoHttpError, _NO_HTTP),
)

_CONNECTS = {
    errno.ECONNREFUSED: Fault(Blame.CONNECTION_REFUSED, "connection refused"),
    errno.EHOSTUNREACH: Fault(Blame.ADDRESS_UNROUTABLE, "no route to it"),
    errno.ENETUNREACH: Fault(Blame.ADDRESS_UNROUTABLE, "no route to it"),
}
_UNCONNECTED = Fault(Blame.DESTINATION_UNAVAILABLE, "no connection")


def fault_of(exc: BaseException) -> Fault:
    """Return the fault behind one of the `FOREIGN` errors."""
    if isinstance(exc, FlawedHeadError):
        return Fault(exc.blame, "a head that cannot be used")
    for kind, fault in _FAULTS:
        if isinstance(exc, kind):
            return fault
    if isinstance(exc, aiohttp.ClientConnectorError):
        if isinstance(exc.os_error, ProhibitedAddressError):
            return PROHIBITED
        return _CONNECTS.get(exc.os_error.errno or 0, _UNCONNECTED)
    return TERMINATED
