"""What is served, and to whom: replaced as a whole, while connections stay."""

import asyncio
from dataclasses import dataclass, field

from proxy.core.http.hosts import Hosts
from proxy.replies import PlayerAsk, PlaylistReply, Reply
from proxy.web.access import Access
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.site import Site
from tests.web.fakes import (
    PLAYLIST,
    FakeStream,
    FakeStreams,
    app,
    connected,
    lobby,
    media,
    parse,
    served,
    until,
)

KEY = "0123456789abcdef"


def site(stream: FakeStream, key: str | None = None) -> Site:
    """Return another site with this stream, and perhaps a key."""
    guard = Guard(Hosts.of(), Access(key=key), Cors(frozenset()))
    return Site(streams=FakeStreams(stream), guard=guard)


async def got(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    port: int,
    path: str,
) -> int:
    """Send a request over a kept connection, each time with the same head."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    head = parse(await reader.readuntil(b"\r\n\r\n"))
    await reader.readexactly(int(head.headers.get("Content-Length", 0)))
    return head.status


async def test_a_new_site_judges_known_callers_again() -> None:
    """The same head over the same connection now needs a key."""
    one = app(lobby())
    async with served(one) as port, connected(port) as (reader, writer):
        path = "/lobby/index.m3u8"
        for _ in range(2):
            assert await got(reader, writer, port, path) == 200
        one.site = site(lobby(), KEY)
        assert await got(reader, writer, port, path) == 404
        assert await got(reader, writer, port, f"/{KEY}{path}") == 200
        one.site = site(FakeStream(name="yard"))
        assert await got(reader, writer, port, path) == 404


@dataclass
class Slow(FakeStream):
    """A stream that answers when a test says so."""

    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Wait, then answer."""
        await self.go.wait()
        return await super().open(path, ask)


async def test_a_request_ends_on_the_site_where_it_began() -> None:
    """Its stream is in use until its last byte."""
    slow = Slow(answers={"index.m3u8": PlaylistReply(PLAYLIST)})
    one = app(slow)
    async with served(one) as port, connected(port) as (reader, writer):
        path = "/lobby/index.m3u8"
        asked = asyncio.create_task(got(reader, writer, port, path))
        await until(lambda: len(slow.usage))
        one.site = site(FakeStream(name="yard"))
        slow.go.set()
        assert await asked == 200
        await slow.usage.idle()
        assert await got(reader, writer, port, path) == 404
    assert len(slow.usage) == 0


async def test_a_stream_is_in_use_only_while_it_sends() -> None:
    """Until the last byte has arrived, or the player has left."""
    stream = lobby(segment=media(b"abc"))
    async with served(app(stream)) as port, connected(port) as (reader, writer):
        assert await got(reader, writer, port, "/lobby/main/seg1.ts") == 200
        await stream.usage.idle()
        assert await got(reader, writer, port, "/lobby/unknown.ts") == 404
        await stream.usage.idle()
    slow = Slow()
    async with served(app(slow)) as port:
        async with connected(port) as (_, writer):
            target = b"GET /lobby/index.m3u8 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            writer.write(target)
            await until(lambda: len(slow.usage))
        await slow.usage.idle()
