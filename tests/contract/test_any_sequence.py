"""Whatever players ask for, and whatever the origin does, nobody gets wrong bytes."""

import asyncio
import random
from collections.abc import Callable, Coroutine

from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import HlsAuthProxyError
from proxy.store.memory import MemoryStore
from proxy.store.store import TieredStore
from tests.streams.built import Built, ask, built
from tests.streams.origin import Origin, origin

SEGMENTS, NAMES, SECONDS = 3, 7, 4
KIB = 1024


class Encoder:
    """A live program of three segments; a name comes back after seven."""

    def __init__(self, one: Origin, seed: int) -> None:
        self.epoch, self.first = 0, 0
        self._one = one
        self._rng = random.Random(seed)  # noqa: S311 - contents, no secret
        self._contents: dict[tuple[int, int], bytes] = {}
        self.faults = 0
        """How many answers break off."""
        for number in range(NAMES):
            one.asks(f"/{number}.ts", self._answer)
        one.asks("/v.m3u8", self._playlist)

    def content(self, number: int) -> bytes:
        """Return the bytes of a segment."""
        key = self.epoch, number
        if key not in self._contents:
            size = self._rng.randrange(1, 300 * KIB)
            self._contents[key] = b"\0" + self._rng.randbytes(size)
        return self._contents[key]

    def now(self, name: str) -> bytes | None:
        """Return what stands under a name now."""
        window = range(self.first, self.first + SEGMENTS)
        found = [n for n in window if f"{n % NAMES}.ts" == name]
        return self.content(found[0]) if found else None

    def listed(self) -> dict[str, bytes]:
        """Return what the names of the playlist mean."""
        window = range(self.first, self.first + SEGMENTS)
        return {f"{n % NAMES}.ts": self.content(n) for n in window}

    def _playlist(self, _: web.Request) -> web.Response:
        lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{SECONDS}"]
        lines += [f"#EXT-X-MEDIA-SEQUENCE:{self.first}"]
        for name in self.listed():
            lines += [f"#EXTINF:{SECONDS},", name]
        kind = "application/vnd.apple.mpegurl"
        return web.Response(text="\n".join(lines) + "\n", content_type=kind)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = self.now(request.path[1:])
        if body is None:
            return web.Response(status=404)
        fields = {"Accept-Ranges": "bytes"}
        status, part = 200, body
        if "Range" in request.headers:
            start, stop, _ = request.http_range.indices(len(body))
            if start >= stop:
                fields["Content-Range"] = f"bytes */{len(body)}"
                return web.Response(status=416, headers=fields)
            fields["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
            status, part = 206, body[start:stop]
        if self.faults and len(part) > KIB:
            self.faults -= 1
            fields["Content-Length"] = str(len(part))
            response = web.StreamResponse(status=status, headers=fields)
            response.content_type = "video/mp2t"
            await response.prepare(request)
            await response.write(part[: len(part) // 2])
            assert request.transport is not None
            await asyncio.sleep(0.01)
            request.transport.abort()
            return response
        return web.Response(
            status=status, body=part, headers=fields, content_type="video/mp2t"
        )


RANGES = ("", "bytes=0-", "bytes=100-299", "bytes=-50", "bytes=5-", "bytes=0-99999999")
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 2), st.sampled_from(RANGES)),
    st.tuples(st.just("together"), st.integers(0, 2), st.sampled_from(RANGES)),
    st.tuples(st.just("abort"), st.integers(0, 2), st.sampled_from(RANGES)),
    st.tuples(st.just("move"), st.integers(1, 3), st.just("")),
    st.tuples(st.just("restart"), st.integers(12, 40), st.just("")),
    st.tuples(st.just("fault"), st.integers(1, 2), st.just("")),
    st.tuples(st.just("reload"), st.just(0), st.just("")),
)


def cut(body: bytes, asked: str) -> bytes:
    """Return the part of a body that a range asks for."""
    if not asked:
        return body
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if not first:
        return body[-int(last) :]
    return body[int(first) : int(last) + 1 if last else None]


class Scene:
    """Players of one stream with a small store."""

    def __init__(self, one: Built, encoder: Encoder) -> None:
        self._one = one
        self._encoder = encoder
        self._means: dict[str, bytes] = {}

    async def step(self, what: str, number: int, asked: str) -> None:
        """Do one thing, and check what comes of it."""
        steps: dict[str, Callable[[int, str], Coroutine[object, object, None]]] = {
            "ask": self._ask,
            "together": self._together,
            "abort": self._abort,
            "move": self._move,
            "restart": self._restart,
        }
        if what == "fault":
            self._encoder.faults = number
        elif what == "reload":
            await self.reload()
        else:
            await steps[what](number, asked)

    async def reload(self) -> None:
        """Load the playlist: from now on its names mean what it says."""
        await self._one.playlist()
        self._means = self._encoder.listed()

    async def _ask(self, number: int, asked: str) -> None:
        name = list(self._means)[number]
        right = {self._means[name], self._encoder.now(name)} - {None}
        headers = {"Range": asked} if asked else {}
        try:
            status, got = await self._one.media(f"main/{name}", **headers)
        except HlsAuthProxyError:
            return  # an honest failure
        wanted = {cut(body, asked if status == 206 else "") for body in right if body}
        assert status in (200, 206)
        assert got in wanted, (name, status, asked, len(got))

    async def _together(self, number: int, asked: str) -> None:
        await asyncio.gather(*(self._ask(number, each) for each in (asked, "", asked)))

    async def _abort(self, number: int, asked: str) -> None:
        name = list(self._means)[number]
        headers = {"Range": asked} if asked else {}
        try:
            reply = await self._one.stream.open(f"main/{name}", ask(headers=headers))
            async with reply.answer as body:  # type: ignore[union-attr]
                async for _ in body.chunks():
                    break
        except HlsAuthProxyError:
            pass

    async def _move(self, number: int, _: str) -> None:
        self._encoder.first += number
        await self._one.clock.advance(number * SECONDS)
        await self.reload()

    async def _restart(self, seconds: int, _: str) -> None:
        self._encoder.epoch += 1
        self._encoder.first = 0
        await self._one.clock.advance(seconds)
        await self.reload()


async def played(steps: list[tuple[str, int, str]], seed: int) -> None:
    """Play the steps against an origin of their own."""
    memory = MemoryStore(600 * KIB, largest_bytes=400 * KIB, most_files=4)
    async with (
        origin() as one,
        built(f"{one.url}/v.m3u8", store=TieredStore(memory)) as stream,
    ):
        scene = Scene(stream, Encoder(one, seed))
        await scene.reload()
        for step in steps:
            await scene.step(*step)


@settings(max_examples=40)
@given(st.lists(STEPS, max_size=25), st.integers(0, 1000))
def test_any_sequence_gives_what_a_name_means_or_fails(
    steps: list[tuple[str, int, str]], seed: int
) -> None:
    """Aborts, faults, evictions, restarts of the encoder, names that come back."""
    asyncio.run(played(steps, seed))
