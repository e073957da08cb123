"""A player of ten segments, and what was requested ahead of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from proxy.core.hls.prefetch import PrefetchLimits
from tests.streams.built import Built, built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD, MIB, store, until

TWO = PrefetchLimits(2, 16 * MIB)
BODY = b"\0media" * 100
ENDED = "#EXT-X-ENDLIST\n"
TARGET = 4.0


def segments(*numbers: int) -> str:
    """Return the lines of segments with these numbers."""
    return "".join(f"#EXTINF:4,\ns{number}.ts\n" for number in numbers)


VOD = HEAD + segments(*range(10)) + ENDED


@asynccontextmanager
async def playing(
    upstream: Origin,
    playlist: str = VOD,
    *,
    ahead: PrefetchLimits = TWO,
    entry: str = "v.m3u8",
    caching: str = "",
) -> AsyncIterator[Built]:
    """Run a stream whose entry is loaded, and which has ten segments."""
    upstream.says(f"/{entry}", playlist)
    for number in range(10):
        if caching:
            upstream.says(f"/s{number}.ts", BODY, Cache_Control=caching)
        else:
            upstream.says(f"/s{number}.ts", BODY)
    url = f"{upstream.url}/{entry}"
    async with built(url, store=store(), ahead=ahead) as one:
        await one.playlist()
        yield one


def fetched(upstream: Origin) -> list[int]:
    """Return the numbers of the segments that were asked for upstream, in order."""
    names = [asked.partition("?")[0].rpartition("/")[2] for asked in upstream.asked]
    return [int(name[1:-3]) for name in names if name.endswith(".ts")]


async def quiet(one: Built) -> None:
    """Wait until nothing more is fetched."""
    await until(lambda: not len(one.chores))
    await one.clock.settle()
    await until(lambda: not len(one.chores))


async def plays(one: Built, *numbers: int, rendition: str = "main") -> None:
    """Play segments, each when nothing is fetched any more."""
    for number in numbers:
        assert await one.media(f"{rendition}/s{number}.ts") == (200, BODY)
        await quiet(one)
