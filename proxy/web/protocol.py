"""aiohttp's server with two habits changed.

It quotes malformed requests in its log and in the body of its 400, past everything
that could stop it; a request line may hold a token that a user pasted. And it takes
any number of connections.
"""

import asyncio
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from proxy.errors import HlsAuthProxyError
from proxy.web.caller import SERVER, Caller
from proxy.web.readers import Readers

log = structlog.get_logger()

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# aiohttp takes zero for no limit at all.
_NO_SECONDS = 0.001

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Server: hls-auth-proxy\r\n"
    b"Retry-After: 1\r\n"
    b"Content-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes from players."""

    connections: int = 512
    connections_per_address: int = 256
    """A front with TLS, or a house behind one router, is one address."""
    line_bytes: int = 8190
    """Of a request line, and of each header field."""
    header_fields: int = 64
    drain_seconds: float = 25.0
    """How long segments in flight may take at the end; orchestrators kill after 30 s.
    Zero cuts them off."""
    idle_seconds: float = 75.0
    """How long a connection may take over a request's head, or have none.

    FFmpeg keeps a second connection for the segment after next, at the live edge
    without a use for longer than 15 s, and complains if it finds it closed. 75 s is
    what players are used to: nginx's keepalive_timeout.
    """


class QuietHandler(RequestHandler):
    """One connection. It tells a player nothing that it does not know."""

    __slots__ = ("caller",)
    caller: Caller | None
    """Who asked last over it and was not refused."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, or where the program itself is wrong."""
        del message
        if status == HTTPStatus.BAD_REQUEST:
            log.info("request malformed", error=type(exc).__name__)
        elif not isinstance(exc, ConnectionError | HlsAuthProxyError):
            log.error("request failed", error=type(exc).__name__, where=_where(exc))
        if request.writer.output_size > 0:
            raise ConnectionError("the answer is begun")
        text = f"{status} {HTTPStatus(status).phrase}\n"
        response = web.Response(status=status, text=text, headers={"Server": SERVER})
        response.force_close()
        return response


class QuietServer(web.Server):
    """Makes a handler for each connection, as long as there are not too many.

    When there are, the slowest reader gives way to a new player.
    """

    def __init__(
        self, handler: Handler, limits: Callable[[], Limits], readers: Readers
    ) -> None:
        """`limits` are asked for whenever they count; they may change."""
        # A player that leaves ends the wait of its own request.
        super().__init__(handler, handler_cancellation=True)
        self._limits = limits
        self._readers = readers
        self._peers: dict[RequestHandler, str] = {}
        self._count: Counter[str] = Counter()

    def __call__(self) -> RequestHandler:
        """Make the handler of one connection."""
        handler = QuietHandler(
            self,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # None is documented
            keepalive_timeout=self._limits().idle_seconds,
            # Only refused requests have a body; the refusal should arrive.
            lingering_time=1.0,
            max_line_size=self._limits().line_bytes,
            max_field_size=self._limits().line_bytes,
            max_headers=self._limits().header_fields,
        )
        handler.caller = None
        return handler

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's
        """Let answers in flight end, for the drain's time at most, and 2 s more."""
        del timeout
        # aiohttp waits this long twice. In between it ends the request's body only, so
        # an answer goes on through both. It rounds more than 5 s up to a second.
        wait = max(self._limits().drain_seconds / 2, _NO_SECONDS)
        await super().shutdown(wait)

    def connection_made(
        self, handler: RequestHandler, transport: asyncio.Transport
    ) -> None:
        """Take a connection, or say that there are too many."""
        super().connection_made(handler, transport)
        peer = str((transport.get_extra_info("peername") or [""])[0])
        if not self._has_room(peer):
            full = len(self._peers) >= self._limits().connections
            setting = "connections" if full else "connections_per_address"
            problem = f"too many connections: see limits.{setting}"
            log.warning("connection refused", problem=problem)
            transport.write(_BUSY)
            transport.close()
            return
        self._peers[handler] = peer
        self._count[peer] += 1

    def _has_room(self, peer: str) -> bool:
        """Tell whether there is room for one more, or make it."""
        if self._count[peer] >= self._limits().connections_per_address:
            return self._readers.make_room(peer)
        if len(self._peers) >= self._limits().connections:
            return self._readers.make_room()
        return True

    def connection_lost(
        self, handler: RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Forget a connection."""
        super().connection_lost(handler, exc)
        peer = self._peers.pop(handler, None)
        if peer is not None:
            self._count[peer] -= 1
            self._count += Counter()  # drops what is zero


def _where(error: BaseException | None) -> str | None:
    """Return where an error was raised; its text may hold anything."""
    if error is None or error.__traceback__ is None:
        return None
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
