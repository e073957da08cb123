"""Serves the demo's origin on its two ports: `running()`.

Range requests for segments are answered with a strong validator, so that a client may
resume an interrupted transfer.
"""

import contextlib
import errno
import random
import socket
from collections.abc import AsyncIterator, Callable
from hashlib import blake2b
from http import HTTPStatus

from aiohttp import hdrs, web

from proxy.clock import Clock
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.origin_exchange import OriginReply, OriginRequest
from proxy.demo.origin_faults import Faults, broken
from proxy.demo.programme import PLAYLIST_TYPE
from proxy.errors import StartError

LOOPBACK = "127.0.0.1"
# Clients that hang up late must not delay the end of a test or of the demo.
_SHUTDOWN_SECONDS = 1.0


@contextlib.asynccontextmanager
async def running(
    settings: OriginSettings,
    *,
    clock: Clock,
    rng: random.Random,
    faults: Faults = lambda: None,
) -> AsyncIterator[DemoOrigin]:
    """Run the origin on loopback while the block lasts.

    `faults` is called for the fault of each request. Raises StartError if a port is in
    use.
    """
    async with contextlib.AsyncExitStack() as stack:
        # Bind the sockets first: the front's playlists contain the edge's port.
        sockets = [stack.enter_context(_bound(port)) for port in settings.ports]
        front_url, edge_url = (
            f"http://{LOOPBACK}:{s.getsockname()[1]}" for s in sockets
        )
        origin = DemoOrigin(
            settings, front_url=front_url, edge_url=edge_url, clock=clock, rng=rng
        )
        for bound, answer in zip(sockets, (origin.front, origin.edge), strict=True):
            await stack.enter_async_context(_serving(bound, answer, clock, faults))
        yield origin


def _bound(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise StartError(f"{LOOPBACK}:{port} is in use by another program") from exc
        raise StartError(f"cannot listen on {LOOPBACK}:{port}") from exc


@contextlib.asynccontextmanager
async def _serving(
    bound: socket.socket,
    answer: Callable[[OriginRequest], OriginReply],
    clock: Clock,
    faults: Faults,
) -> AsyncIterator[None]:
    async def handle(request: web.BaseRequest) -> web.Response:
        if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
            return web.Response(status=405, headers={hdrs.ALLOW: "GET, HEAD"})
        ask = _ask(request, clock.wall())
        # Check again after each wait: a token that expired meanwhile is refused.
        while (reply := answer(ask)).again_at is not None:
            await clock.sleep(max(0.0, reply.again_at - clock.wall()))
        return broken(request, _response(request, reply), faults())

    # No router: it would decode paths, which must be compared as they were sent. No
    # access log: it would contain tokens.
    server = web.Server(handle, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield
    finally:
        await runner.cleanup()


def _ask(request: web.BaseRequest, now: float) -> OriginRequest:
    path, _, query = request.raw_path.partition("?")
    headers = request.headers
    authorization, cookie = headers.get(hdrs.AUTHORIZATION), headers.get(hdrs.COOKIE)
    return OriginRequest(
        path, query, authorization=authorization, cookie=cookie, since=now
    )


def _response(request: web.BaseRequest, reply: OriginReply) -> web.Response:
    # As platforms do: any page may read it, if it knows the URL.
    headers: dict[str, str] = {hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
    if reply.challenge:
        headers[hdrs.WWW_AUTHENTICATE] = reply.challenge
    if reply.retry_seconds is not None:
        headers[hdrs.RETRY_AFTER] = str(reply.retry_seconds)
    if reply.kept_seconds is not None:
        headers[hdrs.CACHE_CONTROL] = f"max-age={reply.kept_seconds}"
    if reply.status != HTTPStatus.OK or reply.content_type == PLAYLIST_TYPE:
        headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
        return _whole(reply, headers)
    headers[hdrs.ETAG] = f'"{blake2b(reply.body, digest_size=8).hexdigest()}"'
    headers[hdrs.ACCEPT_RANGES] = "bytes"
    condition = request.headers.get(hdrs.IF_RANGE, headers[hdrs.ETAG])
    wanted = _range(request)
    if wanted is None or condition != headers[hdrs.ETAG]:
        return _whole(reply, headers)
    return _part(wanted, reply, headers)


def _range(request: web.BaseRequest) -> slice | None:
    if hdrs.RANGE not in request.headers:
        return None
    try:
        return request.http_range
    except ValueError:
        # RFC 9110, section 14.2: an invalid Range header is ignored.
        return None


def _whole(reply: OriginReply, headers: dict[str, str]) -> web.Response:
    return web.Response(
        status=reply.status,
        body=reply.body,
        content_type=reply.content_type,
        headers=headers,
    )


def _part(wanted: slice, reply: OriginReply, headers: dict[str, str]) -> web.Response:
    size = len(reply.body)
    start, stop, _ = wanted.indices(size)
    if start >= stop:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        return web.Response(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers
        )
    headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{size}"
    return web.Response(
        status=HTTPStatus.PARTIAL_CONTENT,
        body=reply.body[start:stop],
        content_type=reply.content_type,
        headers=headers,
    )
