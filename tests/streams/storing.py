"""Streams with a store, as players see them."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from proxy.replies import MediaReply
from proxy.sharing.store_counts import StoreCounts
from proxy.store.memory import MemoryStore
from proxy.store.store import TieredStore
from tests.streams.built import Built, ask
from tests.streams.origin import Decide

HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
VOD = HEAD + "#EXTINF:4,\ns.ts\n#EXTINF:4,\nt.ts\n#EXT-X-ENDLIST\n"
LIVE = HEAD + "#EXTINF:4,\ns.ts\n#EXTINF:4,\nt.ts\n"
# A test that fails opens no gates, but its origin must end nevertheless.
_MOST_SECONDS = 3.0
KIB, MIB = 1024, 1024 * 1024


def store(budget: int = 64 * MIB, largest: int = 16 * MIB) -> TieredStore:
    """Return a store in memory."""
    return TieredStore(MemoryStore(budget, largest_bytes=largest, most_files=100))


def counts(one: Built) -> StoreCounts:
    """Return what the store did for a stream."""
    assert one.blueprint.fills is not None
    return one.blueprint.fills.counts


async def opened(one: Built, path: str, **headers: str) -> MediaReply:
    """Return the reply to a request for a resource."""
    reply = await one.stream.open(path, ask(headers=headers))
    assert isinstance(reply, MediaReply)
    return reply


async def read(reply: MediaReply) -> bytes:
    """Return all bytes of a reply."""
    async with reply.answer as body:
        return b"".join([chunk async for chunk in body.chunks()])


def cache(reply: MediaReply) -> str:
    """Return what a reply says about the store, without our name."""
    return reply.cache.line.removeprefix("hls-auth-proxy; ") if reply.cache else ""


async def until(true: Callable[[], bool]) -> None:
    """Wait until something has happened, for at most five seconds."""
    for _ in range(5000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not happen")


class Slow:
    """A resource that an origin sends in pieces, each when a test says so."""

    def __init__(self, *pieces: bytes, chunked: bool = False, **headers: str) -> None:
        self.pieces = pieces
        self.gates = [asyncio.Event() for _ in pieces]
        self.cut = False
        """Whether it resets the connection instead of sending the next piece."""
        self._chunked = chunked
        self._headers = {name.replace("_", "-"): v for name, v in headers.items()}

    @property
    def whole(self) -> bytes:
        """All that it sends."""
        return b"".join(self.pieces)

    def go(self, number: int | None = None) -> None:
        """Send all pieces up to a number, or all of them."""
        for gate in self.gates[:number]:
            gate.set()

    @property
    def answer(self) -> Decide:
        """Return the handler of a request."""

        async def send(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={**self._headers})
            response.content_type = "video/mp2t"
            if self._chunked:
                response.enable_chunked_encoding()
            else:
                response.content_length = len(self.whole)
            await response.prepare(request)
            for gate, piece in zip(self.gates, self.pieces, strict=True):
                async with asyncio.timeout(_MOST_SECONDS):
                    await gate.wait()
                if self.cut:
                    assert request.transport is not None
                    request.transport.abort()
                    break
                await response.write(piece)
            return response

        return send
