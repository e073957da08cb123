"""After some time the platform is asked if a recording may still play."""

import pytest

from proxy.errors import HlsAuthProxyError, RefusedError
from tests.streams.built import ask
from tests.streams.origin import Origin, origin
from tests.streams.test_offline.machine import (
    WEEK,
    Machine,
    files,
    plays,
    plays_nothing,
    serving,
)


async def test_after_offline_for_the_platform_is_asked_before_more_is_played(
    machine: Machine, upstream: Origin
) -> None:
    """For the entry, for a rendition and for a segment in memory."""
    async with machine.program(serving(upstream)) as one:
        await plays(one)
        asked = len(upstream.asked)
        folder = (await one.playlist()).splitlines()[-1].rpartition("/")[0]
        await machine.clock.advance(WEEK)
        await one.media(f"{folder}/s1.mp4")
        assert upstream.asked[asked:] == ["/low.m3u8"]
        await plays(one)
        assert upstream.asked[asked:] == ["/low.m3u8", "/v.m3u8?token=TOKEN-1"]
        asked = len(upstream.asked)
        await machine.clock.advance(WEEK - 1)
        await plays(one)
        assert len(upstream.asked) == asked


@pytest.mark.parametrize("restarted", [False, True])
async def test_after_offline_for_nothing_plays_without_the_platform(
    machine: Machine,
    restarted: bool,  # noqa: FBT001 - both ways
) -> None:
    """Not even a segment in memory, however it is requested."""
    async with origin() as upstream:
        url = serving(upstream)
        async with machine.program(url) as one:
            await plays(one)
            rendition = (await one.playlist()).splitlines()[-1]
            if not restarted:
                upstream.says("/v.m3u8", "", status=503)
                upstream.says("/low.m3u8", "", status=503)
                await machine.clock.advance(WEEK)
                await plays_nothing(one, rendition)
                return
    await machine.clock.advance(WEEK)
    async with machine.program(url) as one:
        await plays_nothing(one, rendition)


@pytest.mark.parametrize("status", [401, 403, 410])
async def test_a_refusal_ends_offline_play_and_drops_kept_files(
    machine: Machine, upstream: Origin, status: int
) -> None:
    """It is not an outage. Later answers of the platform are kept again."""
    url = serving(upstream, control="max-age=60")
    async with machine.program(url) as one:
        await plays(one)
        rendition = (await one.playlist()).splitlines()[-1]
    assert files(machine)
    async with machine.program(url) as one:
        await plays(one)
        await machine.clock.advance(61)
        upstream.says("/v.m3u8", "", status=status)
        upstream.says("/low.m3u8", "", status=status)
        with pytest.raises(RefusedError):
            await one.playlist()
        folder = rendition.rpartition("/")[0]
        for path in ("index.m3u8", rendition, f"{folder}/s1.mp4"):
            with pytest.raises(HlsAuthProxyError):
                await one.stream.open(path, ask())
    assert not files(machine)
    async with machine.program(serving(upstream)) as one:
        await plays(one)
    assert files(machine)
