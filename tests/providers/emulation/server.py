"""An emulated platform on loopback: one port for each of its hosts, one for its API."""

import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from email.utils import formatdate
from string import Template

from aiohttp import web

from proxy.clock import Clock
from tests.providers.emulation.asks import Ask, Reply
from tests.providers.emulation.platform import Platform, answer
from tests.providers.emulation.record import Record, Seen
from tests.providers.emulation.service import Call, TokenService

API = "api"
LOOPBACK = "127.0.0.1"


@dataclass(slots=True)
class Emulation:
    """A platform while it runs."""

    platform: Platform
    clock: Clock
    _: KW_ONLY
    services: tuple[TokenService, ...] = ()
    bases: dict[str, str] = field(default_factory=dict)
    """The URLs of its hosts, by name; its token services are called "api"."""
    record: Record = field(default_factory=Record)

    def hear(self, ask: Ask, method: str, body: bytes) -> Reply:
        """Answer a request, and record it."""
        now = self.clock.wall()
        if ask.host == API:
            return self._served(Call(ask, method, body, now))
        answered = answer(self.platform, ask, now, self.bases)
        self.record.seen.append(Seen(now, ask, answered))
        return answered.reply

    def _served(self, call: Call) -> Reply:
        """Answer for a token service, with the platform's URLs in place of `$home`."""
        asked = {call.ask.path, call.ask.target}
        for service in self.services:
            if service.path in asked:
                reply = service.answer(call)
                text = Template(reply.body.decode()).safe_substitute(self.bases)
                return replace(reply, body=text.encode())
        return Reply(404, b"not found")


@contextlib.asynccontextmanager
async def emulated(
    platform: Platform, *, clock: Clock, services: tuple[TokenService, ...] = ()
) -> AsyncIterator[Emulation]:
    """Run a platform while the block lasts."""
    emulation = Emulation(platform, clock, services=services)
    hosts = (*platform.hosts, API) if services else platform.hosts
    async with contextlib.AsyncExitStack() as stack:
        for host in hosts:
            bound = stack.enter_context(socket.create_server((LOOPBACK, 0)))
            port = bound.getsockname()[1]
            emulation.bases[host] = f"http://{LOOPBACK}:{port}"
            await stack.enter_async_context(_serving(bound, _handler(emulation, host)))
        yield emulation


def _handler(
    emulation: Emulation, host: str
) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    async def handle(request: web.BaseRequest) -> web.Response:
        path, _, query = request.raw_path.partition("?")
        headers = _joined(request.headers.items())
        ask = Ask(host, path, query=query, headers=headers, client=request.remote or "")
        reply = emulation.hear(ask, request.method, await request.read())
        response = web.Response(
            status=reply.status, body=reply.body, content_type=reply.content_type
        )
        # The platform uses the test's clock, and so does Date.
        response.headers["Date"] = formatdate(emulation.clock.wall(), usegmt=True)
        for name, value in reply.headers:
            response.headers.add(name, value)
        return response

    return handle


def _joined(fields: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return header fields by lower-case name; repeated ones are joined."""
    joined: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


@contextlib.asynccontextmanager
async def _serving(
    bound: socket.socket, handle: Callable[[web.BaseRequest], Awaitable[web.Response]]
) -> AsyncIterator[None]:
    # No router: it would decode paths, which are to be compared as they were sent.
    server = web.Server(handle, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield
    finally:
        await runner.cleanup()
