"""Ask token services, with small limits and without following redirects."""

import ssl
from dataclasses import dataclass, field
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver
from multidict import CIMultiDict

from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.http.headers import is_clean
from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import BadAnswerError, UnreachableError
from proxy.upstream.coding import ACCEPTED, decode
from proxy.upstream.faults import FOREIGN, fault_of
from proxy.upstream.heads import MAX_HEAD_BYTES, CheckedResponse
from proxy.upstream.hedging import hedged
from proxy.upstream.sockets import lively_socket
from proxy.upstream.wire import exact

MAX_BODY_BYTES = 64 * 1024
"""Larger than any token with everything that services write around it."""

CONNECT_SECONDS, TOTAL_SECONDS = 3.0, 10.0
"""A token service answers in milliseconds or not at all."""


@dataclass(kw_only=True, eq=False)
class ServiceClient:
    """The HTTP client for token services. It keeps no cookies.

    It sends nothing twice, except a GET that is silent for 2 s.
    """

    clock: Clock
    user_agent: str
    connect_seconds: float = CONNECT_SECONDS
    total_seconds: float = TOTAL_SECONDS
    resolver: AbstractResolver | None = None
    tls: ssl.SSLContext | bool = True
    """How to verify certificates; True uses the machine's authorities."""
    _session: aiohttp.ClientSession | None = field(default=None, init=False)

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Return the answer, whatever its status.

        Raises UnreachableError, AddressRefusedError or BadAnswerError. Their messages
        name the host and no other part of the request.
        """
        if request.method != "GET":
            return await self._asked(request)
        # Only a GET may be repeated without harm. Each try has its own connection.
        ask = partial(self._asked, request)
        return await hedged(ask, ask, clock=self.clock, drop=lambda _: None)

    async def close(self) -> None:
        """Close all connections; requests under way fail."""
        if self._session is not None:
            await self._session.close()

    async def _asked(self, request: ServiceRequest) -> ServiceReply:
        host = uri.origin(request.url).partition("://")[2]
        target = exact(request.url)
        fields = self._fields(request, host)
        sent, started = self.clock.wall(), self.clock.mono()
        try:
            async with self._opened().request(
                request.method,
                target,
                headers=fields,
                data=request.body,
                allow_redirects=False,
                timeout=self._timeout(request),
            ) as response:
                seconds = self.clock.mono() - started
                body = await _read(response, host)
        except FOREIGN as exc:
            raise fault_of(exc).error(host) from None
        codings = response.headers.getall("Content-Encoding", ())
        return ServiceReply(
            status=response.status,
            headers=tuple(response.headers.items()),
            body=decode(body, codings, MAX_BODY_BYTES, text=True),
            sent=sent,
            seconds=seconds,
        )

    def _fields(self, request: ServiceRequest, host: str) -> CIMultiDict[str]:
        fields = CIMultiDict(request.headers)
        fields.setdefault("User-Agent", self.user_agent)
        fields["Accept-Encoding"] = ACCEPTED
        if not is_clean("".join(fields.values())):
            raise UnreachableError(f"{host}: a header field with control characters")
        return fields

    def _timeout(self, request: ServiceRequest) -> aiohttp.ClientTimeout:
        total = request.seconds or self.total_seconds
        return aiohttp.ClientTimeout(total=total, sock_connect=self.connect_seconds)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Services are asked now and then, so a kept connection would mostly be
                # dead. No limit here: the callers take turns, and that decides how many
                # ask one service at once. A service that hangs delays no other.
                connector=aiohttp.TCPConnector(
                    limit=0,
                    resolver=self.resolver,
                    ssl=self.tls,
                    force_close=True,
                    socket_factory=lively_socket,
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                max_field_size=MAX_HEAD_BYTES,
                response_class=CheckedResponse,
                skip_auto_headers=("Content-Type",),
                middlewares=(_send_once,),
            )
        return self._session


async def _read(response: aiohttp.ClientResponse, host: str) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BadAnswerError(f"{host}: a body of more than {MAX_BODY_BYTES} bytes")
    return bytes(body)


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request a second time by itself.

    It does so when a connection dies before the answer, and bypasses our queues. It
    checks for these two classes, so their common base class is raised instead.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        raise aiohttp.ClientConnectionError from None
