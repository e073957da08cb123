"""Listens, serves, and stops without cutting anybody off."""

import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

from aiohttp import http_parser, web

from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.web.app import App
from proxy.web.protocol import QuietServer


@contextlib.asynccontextmanager
async def serving(
    app: App,
    sockets: Sequence[socket.socket],
) -> AsyncIterator[tuple[Address, ...]]:
    """Serve on listening sockets while the block lasts; give their addresses.

    On the way out nothing new is accepted, idle connections are closed, answers in
    flight have the site's `drain_seconds` to finish, and at most 2 s more. Cancelling
    the way out leaves at once.
    """
    server = QuietServer(app, lambda: app.site.limits, app.readers)
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
    """Raise StartError where aiohttp was built without its parser in C.

    The one in Python is several times slower and has had holes of its own (request
    smuggling, CVE-2025-53643).
    """
    if parser is http_parser.HttpRequestParserPy:
        raise StartError("aiohttp has no C parser here; install one of its wheels")
