"""A token service on loopback, controlled by a test."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field
from email.utils import formatdate

from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.upstream.service import ServiceClient
from tests.fake_clock import FakeClock


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the service got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Says:
    """One answer."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def says(value: object, status: int = 200, **headers: str) -> Says:
    """Return an answer in JSON."""
    return Says(json.dumps(value).encode(), status, headers)


@dataclass
class TokenServer:
    """Gives the same answer until the test changes it; uses the clock of the test."""

    clock: FakeClock
    answer: Says | Callable[[Asked], Says]
    _: KW_ONLY
    ahead: float = 0.0
    """How far its clock is ahead, in seconds."""
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request."""
        body = await request.read()
        asked = Asked(request.method, request.raw_path, request.headers, body)
        self.asked.append(asked)
        chosen = self.answer if isinstance(self.answer, Says) else self.answer(asked)
        date = formatdate(self.clock.wall() + self.ahead, usegmt=True)
        return web.Response(
            body=chosen.body,
            status=chosen.status,
            headers={"Date": date, **chosen.headers},
        )


@asynccontextmanager
async def token_server(
    clock: FakeClock, answer: Says | Callable[[Asked], Says]
) -> AsyncIterator[TokenServer]:
    """Run a token service while the block lasts."""
    service = TokenServer(clock, answer)
    app = web.Application(client_max_size=2**20)
    app.router.add_route("*", "/{path:.*}", service.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    service.url = str(server.make_url("/")).rstrip("/")
    try:
        yield service
    finally:
        await server.close()


@asynccontextmanager
async def client(clock: FakeClock) -> AsyncIterator[ServiceClient]:
    """Return a client for token services while the block lasts."""
    way = ServiceClient(clock=clock, user_agent="hls-auth-proxy/test")
    try:
        yield way
    finally:
        await way.close()


async def until(seen: Callable[[], bool]) -> None:
    """Wait until something happened through sockets; the clock does not move."""
    async with asyncio.timeout(10):
        while not seen():  # noqa: ASYNC110 - sockets set no event of ours
            await asyncio.sleep(0.002)
