"""aiohttp's server with two behaviours changed.

aiohttp quotes malformed requests in its log and in the body of its 400, and no setting
prevents that. A request line may hold a token that a user pasted. And aiohttp accepts
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
from proxy.web.prompt_connection import AnswerAtOnce, PromptHandler
from proxy.web.same_head import SameHead
from proxy.web.slow_readers import Readers

log = structlog.get_logger()

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

# aiohttp treats zero as no limit.
_NO_SECONDS = 0.001

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Server: hls-auth-proxy\r\n"
    b"Retry-After: 1\r\n"
    b"Content-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on what one server accepts from players."""

    connections: int = 512
    connections_per_address: int = 256
    """A TLS proxy in front, or a home behind one router, is one address."""
    line_bytes: int = 8190
    """For a request line, and for each header field."""
    header_fields: int = 64
    drain_seconds: float = 25.0
    """How long segments in flight may take when the proxy stops. Orchestrators kill
    after 30 s. Zero cuts the segments off."""
    idle_seconds: float = 75.0
    """How long a connection may be idle, or take to send the head of a request.

    FFmpeg keeps a second connection for the segment after next. At the live edge it is
    idle for longer than 15 s, and FFmpeg complains if it was closed. Players are used
    to 75 s: nginx's keepalive_timeout.
    """


class QuietHandler(PromptHandler):
    """One connection. Its error answers quote nothing of the request."""

    __slots__ = ("caller", "missed")
    caller: Caller | None
    """The caller of the last request on this connection that was not refused."""
    missed: str | None
    """The target of the request that comes next, if its reply was not at hand."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer a request that is malformed, or that failed because of a bug."""
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
    """Makes a handler for each connection, within the limits.

    If there are too many connections, the slowest reader is cut off for a new player.
    """

    def __init__(
        self,
        handler: Handler,
        limits: Callable[[], Limits],
        readers: Readers,
        at_once: AnswerAtOnce,
    ) -> None:
        """`limits` is called whenever a limit is checked, since limits may change."""
        # When a player disconnects, the handling of its request is cancelled.
        super().__init__(handler, handler_cancellation=True)
        self._limits = limits
        self._readers = readers
        self._at_once = at_once
        self._peers: dict[RequestHandler, str] = {}
        self._count: Counter[str] = Counter()

    def __call__(self) -> RequestHandler:
        """Return a handler for one connection."""
        handler = QuietHandler(
            self,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # None is documented
            keepalive_timeout=self._limits().idle_seconds,
            # Requests with a body are refused. Linger so that the refusal arrives.
            lingering_time=1.0,
            max_line_size=self._limits().line_bytes,
            max_field_size=self._limits().line_bytes,
            max_headers=self._limits().header_fields,
        )
        handler.caller = handler.missed = None
        handler.rest = None
        handler.answer_at_once = self._at_once
        handler.same = SameHead()
        return handler

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's
        """Wait for answers in flight to end, at most `drain_seconds` plus 2 s."""
        del timeout
        # aiohttp waits this long twice. In between it only ends the request's body, so
        # an answer continues through both waits. Times over 5 s are rounded up to a
        # whole second.
        wait = max(self._limits().drain_seconds / 2, _NO_SECONDS)
        await super().shutdown(wait)

    def connection_made(
        self, handler: RequestHandler, transport: asyncio.Transport
    ) -> None:
        """Accept a connection, or answer 503 if there are too many."""
        super().connection_made(handler, transport)
        # Then waiting for a player ends when nothing is buffered, not with some left.
        transport.set_write_buffer_limits(high=0)
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
        """Return whether one more connection fits; make room for it if possible."""
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
            self._count += Counter()  # drops counts of zero


def _where(error: BaseException | None) -> str | None:
    """Return where an error was raised. Its text is not logged: it may hold secrets."""
    if error is None or error.__traceback__ is None:
        return None
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
