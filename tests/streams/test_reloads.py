"""Playlists that the upstream fails to send, or is silent about."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from proxy.errors import StatusError, UnreachableError
from tests.fake_clock import FakeClock
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.built import Built, built

LIVE = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\ns1.ts\n"
NEWER = LIVE + b"#EXTINF:6,\ns2.ts\n"
ENDED = LIVE + b"#EXT-X-ENDLIST\n"
SILENT = Reply(b"", End.HANG)
KEPT = 1 << 20


class Silence:
    """A stream whose playlist was loaded once; the test answers for its origin."""

    def __init__(self, one: Built, origin: RawOrigin) -> None:
        self.one = one
        self.clock: FakeClock = one.clock
        self.origin = origin

    def ask(self, query: str = "") -> asyncio.Task[str]:
        """Send a player's request."""
        return asyncio.create_task(self.one.playlist(query=query))

    async def heard(self, number: int) -> None:
        """Wait until the upstream has this many requests."""
        async with asyncio.timeout(5):
            while len(self.origin.heard) < number:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.001)

    def speak(self, connection: int, body: bytes) -> None:
        """Answer at last, over this connection."""
        self.origin.writers[connection].write(answer(body).data)


@asynccontextmanager
async def silence(first: bytes, *then: Reply) -> AsyncIterator[Silence]:
    """Load a playlist once."""
    async with (
        RawOrigin(answer(first), *then) as origin,
        built(origin.url("/v.m3u8"), snapshot_bytes=KEPT) as one,
    ):
        await one.playlist()
        yield Silence(one, origin)


async def test_silence_is_bridged_and_the_request_goes_on() -> None:
    """After 2 s; the next player gets its result, and the upstream gets one request."""
    async with silence(LIVE, SILENT) as scene:
        await scene.clock.advance(3.5)
        asked = scene.ask()
        await scene.heard(2)
        await scene.clock.advance(1.9)
        assert not asked.done()
        await scene.clock.advance(0.1)
        assert "s2.ts" not in await asked
        await scene.heard(3)
        scene.speak(1, NEWER)
        await asyncio.sleep(0.05)
        assert "s2.ts" in await scene.ask()
        assert len(scene.origin.heard) == 3


async def test_a_live_playlist_that_is_too_old_is_not_used() -> None:
    """Above 1.5 target durations, players wait, for 8 s."""
    async with silence(LIVE, SILENT) as scene:
        await scene.clock.advance(8.0)
        asked = scene.ask()
        await scene.heard(2)
        await scene.clock.advance(2.0)
        await scene.heard(3)
        assert not asked.done()
        await scene.clock.advance(6.3)
        with pytest.raises(UnreachableError, match="silent for 8 s"):
            await asked


async def test_an_ended_playlist_is_used_at_any_age() -> None:
    """A new load would be the same."""
    async with silence(ENDED, SILENT) as scene:
        await scene.clock.advance(7200.0)
        asked = scene.ask()
        await scene.heard(2)
        await scene.clock.advance(2.0)
        assert "s1.ts" in await asked


async def test_an_ended_playlist_that_is_gone_is_an_error() -> None:
    """A 404 is not a silence; a 500 is bridged."""
    gone = answer(b"", status="404 Gone")
    busy = answer(b"", status="500 Busy")
    async with silence(ENDED, busy, gone) as scene:
        await scene.clock.advance(60.0)
        assert "s1.ts" in await scene.ask()
        await scene.clock.advance(60.0)
        asked = asyncio.create_task(scene.one.playlist(query="_HLS_skip=YES"))
        with pytest.raises(StatusError):
            await scene.one.patiently(_result(asked))


async def test_a_failure_is_bridged_at_once() -> None:
    """Nobody waits for the next reload."""
    async with silence(LIVE, answer(b"", status="503 Busy"), answer(NEWER)) as scene:
        await scene.clock.advance(3.5)
        assert "s2.ts" not in await scene.ask()
        await scene.clock.advance(1.0)
        assert "s2.ts" in await scene.ask()


async def test_a_blocking_reload_is_never_bridged() -> None:
    """It may be silent as long as it waits."""
    async with silence(LIVE, SILENT) as scene:
        asked = scene.ask("_HLS_msn=2")
        await scene.heard(2)
        await scene.clock.advance(30.0)
        assert not asked.done()
        scene.speak(1, NEWER)
        assert "s2.ts" in await asked
        assert len(scene.origin.heard) == 2


async def test_a_player_that_leaves_ends_the_reload() -> None:
    """Nobody waits for it any more."""
    async with silence(LIVE, SILENT) as scene:
        await scene.clock.advance(3.5)
        asked = scene.ask()
        await scene.heard(2)
        asked.cancel()
        await scene.clock.settle()
        async with asyncio.timeout(5):
            while scene.origin.writers:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.001)


async def _result(task: asyncio.Task[str]) -> str:
    return await task
