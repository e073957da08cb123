"""aiohttp's errors in our words."""

import errno

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from yarl import URL

from proxy import errors
from proxy.upstream.faults import FOREIGN, ProhibitedAddressError, fault_of

SECRET = "canary"
KEY = ConnectionKey(
    host="h",
    port=80,
    is_ssl=False,
    ssl=True,
    proxy=None,
    proxy_auth=None,
    proxy_headers_hash=None,
)


def unconnected(error: OSError) -> aiohttp.ClientConnectorError:
    """Return aiohttp's error for a failure to connect."""
    return aiohttp.ClientConnectorError(KEY, error)


@pytest.mark.parametrize(
    ("foreign", "blame", "error"),
    [
        (
            unconnected(ProhibitedAddressError(errno.EPERM, SECRET)),
            "destination_ip_prohibited",
            errors.AddressRefusedError,
        ),
        (
            aiohttp.InvalidUrlClientError(URL(f"http://127.1/{SECRET}")),
            "destination_ip_prohibited",
            errors.AddressRefusedError,
        ),
        (
            unconnected(OSError(errno.ECONNREFUSED, SECRET)),
            "connection_refused",
            errors.UnreachableError,
        ),
        (
            unconnected(OSError(errno.ENETUNREACH, SECRET)),
            "destination_ip_unroutable",
            errors.UnreachableError,
        ),
        (
            unconnected(OSError(SECRET)),
            "destination_unavailable",
            errors.UnreachableError,
        ),
        (
            aiohttp.ClientConnectorDNSError(KEY, OSError(-2, SECRET)),
            "dns_error",
            errors.UnreachableError,
        ),
        (
            aiohttp.ClientConnectorSSLError(KEY, OSError(1, SECRET)),
            "tls_protocol_error",
            errors.UnreachableError,
        ),
        (
            aiohttp.ServerDisconnectedError(SECRET),
            "connection_terminated",
            errors.UnreachableError,
        ),
        (
            ConnectionResetError(SECRET),
            "connection_terminated",
            errors.UnreachableError,
        ),
    ],
)
def test_each_failure_has_its_message_and_its_error(
    foreign: Exception, blame: str, error: type[errors.UpstreamError]
) -> None:
    """The text of the foreign error is not kept."""
    assert isinstance(foreign, FOREIGN)
    fault = fault_of(foreign)
    assert fault.blame == blame
    made = fault.error("example.com")
    assert type(made) is error
    assert str(made).startswith("example.com: ")
    assert SECRET not in str(made)


@pytest.mark.parametrize(
    ("foreign", "blame"),
    [
        (aiohttp.ConnectionTimeoutError(SECRET), "connection_timeout"),
        (aiohttp.SocketTimeoutError(SECRET), "connection_read_timeout"),
        (TimeoutError(SECRET), "connection_read_timeout"),
    ],
)
def test_a_silent_upstream_differs_from_a_refusing_one(
    foreign: Exception, blame: str
) -> None:
    """The player gets 504 instead of 502."""
    fault = fault_of(foreign)
    made = fault.error("example.com")
    assert fault.blame == blame
    assert isinstance(made, errors.UnreachableError)
    assert made.timed_out
