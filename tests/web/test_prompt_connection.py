"""Tests of a connection that offers requests to be answered at once, on the wire.

They check what we use of aiohttp's private parts.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from proxy.clock import SystemClock
from proxy.web.prompt_connection import PromptHandler, RestOfAnswer
from proxy.web.protocol import Limits, QuietServer
from proxy.web.same_head import Head
from proxy.web.slow_readers import Readers
from tests.web.fakes import connected, until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"


@dataclass
class Offered:
    """Answers some requests at once, and records what it was offered."""

    paths: list[str] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)
    lost_count: int = 0
    aborts: bool = False

    def __call__(
        self,
        head: Head,
        _: PromptHandler,
        transport: asyncio.Transport,
    ) -> RestOfAnswer | bool:
        """Answer `/now`, and begin to answer `/begun`."""
        self.paths.append(head.path)
        if head.path == "/now":
            transport.write(OK + b"now!")
            return True
        if head.path in ("/begun", "/broken"):
            transport.write(OK + b"be")
            if self.aborts:
                transport.abort()
            return self
        return False

    async def go_on(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send the rest, or fail to."""
        self.handled.append(request.path)
        await asyncio.sleep(0)
        if request.path == "/broken":
            raise ValueError("a bug")
        assert request.transport is not None
        request.transport.write(b"gun")
        return _Sent()

    def lost(self) -> None:
        """Count it."""
        self.lost_count += 1

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer the usual way."""
        self.handled.append(request.path)
        return web.Response(text="slow")


class _Sent(web.StreamResponse):
    async def prepare(self, request: web.BaseRequest) -> None:
        """Send no head."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send no end."""

    @property
    def keep_alive(self) -> bool:
        """Keep the connection."""
        return True


@asynccontextmanager
async def offering(offered: Offered) -> AsyncIterator[int]:
    """Serve on a free port."""
    readers = Readers(mono=SystemClock().mono)
    server = QuietServer(offered.handle, Limits, readers, offered)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(server, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await server.shutdown(0.1)


def get(path: str, *, method: str = "GET", more: str = "") -> bytes:
    """Return a request."""
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode()


async def test_an_answer_at_once_needs_no_task() -> None:
    """The next request is offered again."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(get("/now"))
            assert await reader.readexactly(len(OK) + 4) == OK + b"now!"
        writer.write(get("/slow"))
        await reader.readuntil(b"slow")

    assert offered.paths == ["/now"] * 3 + ["/slow"]
    assert offered.handled == ["/slow"]


@pytest.mark.parametrize(
    "other",
    [
        get("/other", method="HEAD"),
        get("/other", method="OPTIONS"),
        get("/other", more="Content-Length: 2\r\n") + b"ab",
        get("/other", more="Connection: close\r\n"),
        get("/other").replace(b"1.1", b"1.0"),
        get("/other", more="Connection: Upgrade\r\nUpgrade: h2c\r\n"),
        b"GET /oth er HTTP/1.1\r\n\r\n",
    ],
)
async def test_only_plain_requests_are_offered(other: bytes) -> None:
    """Not one that has a body, ends the connection, or is malformed."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        writer.write(other)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.")

    assert offered.paths == []


async def test_nothing_is_offered_while_a_request_is_answered() -> None:
    """Its answer would come first."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        writer.write(get("/slow") + get("/now"))
        await reader.readuntil(b"slow")
        await reader.readuntil(b"slow")

    assert offered.paths == ["/slow"]
    assert offered.handled == ["/slow", "/now"]


async def test_a_request_in_pieces_is_offered_when_complete() -> None:
    """Once."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        for byte in get("/now"):
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await reader.readexactly(len(OK) + 4) == OK + b"now!"

    assert offered.paths == ["/now"]


async def test_the_rest_of_an_answer_is_sent_by_a_task() -> None:
    """The request is not handled again, and the next one is offered."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        for path, body in (("/begun", b"begun"), ("/now", b"now!")):
            writer.write(get(path))
            assert await reader.readexactly(len(OK) + len(body)) == OK + body

    assert offered.paths == ["/begun", "/now"]
    assert offered.handled == ["/begun"]


async def test_a_bug_in_sending_the_rest_ends_the_connection() -> None:
    """An error page would be taken for a part of the answer."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        writer.write(get("/broken"))
        assert await reader.read() == OK + b"be"


async def test_a_rest_that_nobody_can_receive_is_reported_as_lost() -> None:
    """The connection ends before the task has begun to send it."""
    offered = Offered(aborts=True)
    async with offering(offered) as port, connected(port) as (_, writer):
        writer.write(get("/begun"))
        await until(lambda: offered.lost_count)

    assert (offered.lost_count, offered.handled) == (1, [])


async def test_many_pipelined_requests_are_all_answered() -> None:
    """More than aiohttp parses ahead, at once or not."""
    offered = Offered()
    async with offering(offered) as port, connected(port) as (reader, writer):
        writer.write((get("/now") + get("/slow")) * 500)
        for _ in range(1000):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 OK\r\n")
            assert await reader.readexactly(4) in (b"now!", b"slow")

    assert len(offered.paths) + len(offered.handled) >= 1000
