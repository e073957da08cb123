"""Listens, serves, and stops without cutting anybody off."""

import contextlib
import errno
import os
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

from aiohttp import http_parser, web

from proxy.errors import StartError
from proxy.web.app import App
from proxy.web.protocol import Limits, QuietServer

DRAIN_SECONDS = 25.0
"""How long segments in flight may take; orchestrators kill after 30 s."""


class Address(NamedTuple):
    """Where to listen. Port 0 takes a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@contextlib.asynccontextmanager
async def serving(
    app: App,
    addresses: Sequence[Address],
    *,
    limits: Limits | None = None,
    drain_seconds: float = DRAIN_SECONDS,
) -> AsyncIterator[tuple[Address, ...]]:
    """Serve while the block lasts; give the addresses that are listened on.

    Raise StartError where one cannot be. On the way out nothing new is accepted, idle
    connections are closed, answers in flight have `drain_seconds` to finish, and at
    most 2 s more. Cancelling the way out leaves at once.
    """
    server = QuietServer(app, limits or Limits())
    # aiohttp waits this long twice. In between it ends the request's body only, so an
    # answer goes on through both. Waits of more than 5 s it rounds up to a second.
    runner = web.ServerRunner(server, shutdown_timeout=drain_seconds / 2)
    await runner.setup()
    try:
        for address in addresses:
            await _listen(runner, address)
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


async def _listen(runner: web.ServerRunner, address: Address) -> None:
    site = web.TCPSite(runner, address.host, address.port)
    try:
        await site.start()
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise StartError(f"{address} is in use by another program") from exc
        reason = os.strerror(exc.errno) if exc.errno and exc.errno > 0 else "no address"
        raise StartError(f"cannot listen on {address}: {reason}") from exc
