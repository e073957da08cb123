"""Unknown names cost little, however many players request them."""

import asyncio
import time
from collections.abc import Coroutine

import pytest

from proxy.errors import (
    NameUndecidedError,
    NameUnknownError,
    StatusError,
)
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.signing import MEDIA, SEGMENT, plain
from tests.streams.test_lookup.many import many


async def test_s2_random_names_cause_no_traffic(upstream: Origin) -> None:
    """A thousand unknown names cost one load of their parents."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        for n in range(1000):
            with pytest.raises(NameUnknownError):
                await one.media(f"360p-800k/{n}.ts")
            with pytest.raises(NameUnknownError):
                await one.media(f"folder{n}/index.m3u8")
    assert upstream.asked == ["/v.m3u8?token=TOKEN-1", "/low.m3u8"]


@pytest.mark.parametrize(
    "folder",
    ["a" + ".a" * 40, "360p-800k" + ".s1.ts" * 150, "a-" + "b" * 12 + ".a" * 4000],
)
async def test_a_name_with_many_dots_is_quick(upstream: Origin, folder: str) -> None:
    """Each dot once doubled the time that the whole program was blocked."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist("360p-800k/index.m3u8")
        begun = time.perf_counter()
        with pytest.raises(NameUnknownError):
            await one.media(f"{folder}/z.ts")
        assert time.perf_counter() - begun < 0.5


async def test_many_cold_requests_share_one_load(upstream: Origin) -> None:
    """After a restart all players come at once."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await asyncio.gather(*(one.media(SEGMENT) for _ in range(100)))
    assert upstream.count("/v.m3u8") == upstream.count("/low.m3u8") == 1


async def test_random_names_of_a_live_playlist_cost_one_load_per_second(
    upstream: Origin,
) -> None:
    """However many ask, and however long."""
    plain(upstream)
    upstream.says("/low.m3u8", MEDIA.format(sign="").replace("#EXT-X-ENDLIST\n", ""))
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist("360p-800k/index.m3u8")
        begun = one.clock.mono()
        for n in range(20):
            await one.clock.advance(0.01)
            async with asyncio.TaskGroup() as players:
                for m in range(50):
                    name = one.media(f"360p-800k/x{n}-{m}.ts")
                    players.create_task(unknown(one.patiently(name)))
        seconds = one.clock.mono() - begun
    assert upstream.count("/low.m3u8") <= seconds + 2
    assert upstream.count("/v.m3u8") <= seconds / 6 + 2


async def unknown(looking: Coroutine[object, object, object]) -> None:
    """Look for an unknown name."""
    with pytest.raises(NameUnknownError):
        await looking


async def test_an_unknown_name_is_looked_for_once_more(
    upstream: Origin,
) -> None:
    """It may be newer than the last load; after a later load it is not."""
    plain(upstream)
    upstream.says("/low.m3u8", MEDIA.format(sign="").replace("#EXT-X-ENDLIST\n", ""))
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist("360p-800k/index.m3u8")
        with pytest.raises(NameUnknownError):
            await one.media("360p-800k/s2.ts")
        assert upstream.count("/low.m3u8") == 1
        await one.clock.advance(0.1)
        with pytest.raises(NameUnknownError):
            await one.patiently(one.media("360p-800k/s2.ts"))
        assert upstream.count("/low.m3u8") == 2


async def test_while_the_parents_fail_a_cold_name_fails_too(
    upstream: Origin,
) -> None:
    """Unknown for now is not 404, which a player would not request again."""
    upstream.says("/v.m3u8", "no", status=400)
    async with built(f"{upstream.url}/v.m3u8") as one:
        for _ in range(10):
            with pytest.raises(StatusError):
                await one.media(SEGMENT)
        assert len(upstream.asked) == 1
        await one.clock.advance(1.0)
        plain(upstream)
        assert await one.media(SEGMENT) == (200, b"\0media")


async def test_a_player_that_leaves_only_ends_its_own_wait(upstream: Origin) -> None:
    """The load that it started serves the others."""
    plain(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        first = asyncio.create_task(one.playlist())
        second = asyncio.create_task(one.playlist())
        await asyncio.sleep(0)
        first.cancel()
        assert "360p-800k" in await second
    assert upstream.count("/v.m3u8") == 1


@pytest.mark.parametrize(
    ("renditions", "lists", "name", "failure"),
    [
        (500, 0, "common/k{}-abcdefghij27.bin", NameUndecidedError),
        (0, 60, "common/k{}-abcdefghij27.bin", NameUnknownError),
        (0, 60, "common/k{}-abcdefghij27.m3u8", NameUndecidedError),
        (0, 60, "ad-abcdefghij27.{}/s.ts", NameUndecidedError),
        (500, 0, "common/k{}.bin", NameUnknownError),
        (500, 0, "v{}/s.ts", NameUnknownError),
    ],
)
async def test_unknown_names_cause_few_requests(
    upstream: Origin, renditions: int, lists: int, name: str, failure: type[Exception]
) -> None:
    """With any number of renditions and asset lists, and for any number of names."""
    many(upstream, renditions=renditions, lists=lists)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        known = len(upstream.asked)
        asking = [one.patiently(one.media(name.format(0))) for _ in range(60)]
        for error in await asyncio.gather(*asking, return_exceptions=True):
            assert type(error) in (failure, NameUnknownError)
        assert len(upstream.asked) - known <= 8
        for n in range(1, 100):
            with pytest.raises(failure):
                await one.media(name.format(n))
        assert len(upstream.asked) - known <= 8 + 2


async def test_a_failing_asset_list_does_not_decide_about_a_key(
    upstream: Origin,
) -> None:
    """The key gets 404, whatever an ad server answers."""
    many(upstream, lists=60, status=500)
    async with built(f"{upstream.url}/v.m3u8") as one:
        with pytest.raises(NameUnknownError):
            await one.patiently(one.media("common/key-abcdefghij27.bin"))
