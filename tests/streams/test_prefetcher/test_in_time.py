"""The next segment is requested just before the one before it is complete."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from proxy.core.hls.prefetch import PrefetchLimits
from tests.streams.built import Built, built
from tests.streams.origin import Decide, Origin
from tests.streams.storing import HEAD, KIB, MIB, counts, opened, store, until

SEGMENTS = "".join(f"#EXTINF:4,\ns{number}.ts\n" for number in range(6))
# At a second each, the last one takes less than the answer took.
PIECES = (b"\0" * KIB, b"\1" * 7 * KIB, b"\2" * 7 * KIB, b"\3" * KIB)
ANSWER_SECONDS, PIECE_SECONDS = 0.5, 1.0
ALMOST = 3


class Late:
    """A segment that comes slowly, and a player that reads it."""

    def __init__(self, one: Built, path: str) -> None:
        self._one, self._path = one, path
        self._gates = [asyncio.Event() for _ in PIECES]
        self._read = 0
        self._reading: asyncio.Task[None] | None = None

    @property
    def answer(self) -> Decide:
        """Return the handler of a request."""

        async def send(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            response.content_type = "video/mp2t"
            response.content_length = sum(map(len, PIECES))
            for gate, piece in zip(self._gates, PIECES, strict=True):
                async with asyncio.timeout(3):
                    await gate.wait()
                if not response.prepared:
                    await response.prepare(request)
                await response.write(piece)
            return response

        return send

    async def comes(self, pieces: int) -> None:
        """Let a player request it, and the first pieces come one by one."""
        self._reading = asyncio.create_task(self._read_all(), name="player")
        for number, gate in enumerate(self._gates[:pieces]):
            await self._one.clock.settle()
            await self._one.clock.advance(PIECE_SECONDS if number else ANSWER_SECONDS)
            gate.set()
            size = sum(map(len, PIECES[: number + 1]))
            await until(lambda size=size: self._read >= size)  # type: ignore[misc]

    async def ends(self) -> None:
        """Let all the rest come, and wait until the player has it."""
        for gate in self._gates:
            gate.set()
        if self._reading is not None:
            await self._reading

    async def _read_all(self) -> None:
        async with (await opened(self._one, self._path)).answer as body:
            async for chunk in body.chunks():
                self._read += len(chunk)


@asynccontextmanager
async def playing(upstream: Origin) -> AsyncIterator[Built]:
    """Run a stream whose entry is loaded, and which has six segments."""
    upstream.says("/v.m3u8", f"{HEAD}{SEGMENTS}#EXT-X-ENDLIST\n")
    for number in range(6):
        upstream.says(f"/s{number}.ts", b"\0media")
    url = f"{upstream.url}/v.m3u8"
    async with built(url, store=store(), ahead=PrefetchLimits(2, 16 * MIB)) as one:
        await one.playlist()
        yield one
        await until(lambda: not len(one.chores))


async def waited(one: Built) -> None:
    """Wait for long enough to see that nothing is requested."""
    await one.clock.settle()
    await asyncio.sleep(0.05)


async def test_the_line_is_not_idle_until_the_next_answer(upstream: Origin) -> None:
    """The next one is requested when the rest takes less time than an answer."""
    async with playing(upstream) as one:
        wanted = Late(one, "main/s0.ts")
        upstream.asks("/s0.ts", wanted.answer)
        await wanted.comes(ALMOST)
        await until(lambda: counts(one).kept == 1)
        assert upstream.count("/s1.ts") == 1
        await wanted.ends()


async def test_nothing_is_taken_from_what_is_wanted(upstream: Origin) -> None:
    """As long as the rest takes longer than an answer, nothing else is requested."""
    async with playing(upstream) as one:
        wanted = Late(one, "main/s0.ts")
        upstream.asks("/s0.ts", wanted.answer)
        await wanted.comes(ALMOST - 1)
        await waited(one)
        assert upstream.count("/s1.ts") == 0
        await wanted.ends()
        await until(lambda: upstream.count("/s1.ts") == 1)


async def test_what_is_fetched_ahead_comes_one_by_one(upstream: Origin) -> None:
    """The one that is wanted first comes first, and the one after it in time."""
    async with playing(upstream) as one:
        second = Late(one, "main/s1.ts")
        upstream.asks("/s1.ts", second.answer)
        first = Late(one, "main/s0.ts")
        upstream.asks("/s0.ts", first.answer)
        await first.comes(ALMOST)
        await first.ends()
        await until(lambda: upstream.count("/s1.ts") == 1)
        await second.comes(ALMOST - 1)
        await waited(one)
        assert upstream.count("/s2.ts") == 0
        await second.ends()
        await until(lambda: upstream.count("/s3.ts") == 1)
