"""Serve requests, and stop without cutting anybody off."""

import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from aiohttp import http_parser, web

from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.web.app import App
from proxy.web.at_once import AtOnce
from proxy.web.protocol import QuietServer


@contextlib.asynccontextmanager
async def serving(
    app: App,
    sockets: Sequence[socket.socket],
) -> AsyncIterator[tuple[Address, ...]]:
    """Serve on listening sockets while the block lasts; yield their addresses.

    On exit nothing new is accepted and idle connections are closed. Answers in flight
    have the site's `drain_seconds` to finish, and at most 2 s more. Cancelling the exit
    stops at once.
    """
    server = QuietServer(app, lambda: app.site.limits, app.readers, AtOnce(app))
    runner = web.ServerRunner(server)
    await runner.setup()
    try:
        for one in sockets:
            await web.SockSite(runner, one).start()
        yield tuple(Address(*bound[:2]) for bound in runner.addresses)
    finally:
        app.drain()
        await runner.cleanup()


def require_c_parser(parser: type = http_parser.HttpRequestParser) -> None:
    """Raise StartError if aiohttp was built without its C parser.

    Its Python parser is several times slower and has had vulnerabilities of its own
    (request smuggling, CVE-2025-53643).
    """
    if parser is http_parser.HttpRequestParserPy:
        raise StartError("aiohttp has no C parser here; install one of its wheels")
