"""The connections of one stream.

There are two pools. Origins by configuration may lie on any address. All others share
a pool whose sockets are made for public addresses only: it never holds a connection to
a private one, so none can be reused for a host name that merely points there.
"""

import errno
import socket
import ssl
from dataclasses import dataclass, field

import aiohttp
from aiohttp.abc import AbstractResolver

from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.upstream.faults import ProhibitedAddressError
from proxy.upstream.heads import MAX_HEAD_BYTES, CheckedResponse

# Measured: the fewest system calls per byte; larger ones cost memory and gain nothing.
READ_BUFFER_BYTES = 256 * 1024

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]


@dataclass(eq=False, slots=True)
class Pools:
    """Client sessions by the origin they may be used for; made at first use."""

    policy: AddressPolicy
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | bool = True
    _sessions: dict[bool, aiohttp.ClientSession] = field(default_factory=dict)

    def session(self, url: str) -> aiohttp.ClientSession:
        """Return the session for the URL's origin."""
        configured = uri.origin(url) in self.policy.origins
        if configured not in self._sessions:
            self._sessions[configured] = self._open(guarded=not configured)
        return self._sessions[configured]

    async def close(self) -> None:
        """Close all connections; requests under way fail."""
        for session in self._sessions.values():
            await session.close()

    def _open(self, *, guarded: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            # Players are counted where they come in. A limit here would let blocked
            # playlist reloads keep segments waiting.
            limit=0,
            resolver=self.resolver,
            ssl=self.tls,
            socket_factory=self._guarded_socket if guarded else None,
        )
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            read_bufsize=READ_BUFFER_BYTES,
            max_field_size=MAX_HEAD_BYTES,
            response_class=CheckedResponse,
            middlewares=(send_once,),
        )

    def _guarded_socket(self, info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not self.policy.allows_address("", address[0]):
            raise ProhibitedAddressError(errno.EPERM, "prohibited")
        return socket.socket(family, kind, protocol)


async def send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request a second time by itself.

    It does so when a connection dies before the answer, and knows nothing of budgets.
    It looks for these two classes; what they say is said by their common base.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        raise aiohttp.ClientConnectionError from None
