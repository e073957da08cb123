"""The rest of a silent body is requested again; the first to send bytes wins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from proxy.deadline import FIRST_BYTE_SECONDS
from proxy.errors import TruncatedError
from proxy.fetch.stalled_bodies import MAX_RESCUES, MOST_SILENT_SECONDS, SILENT_SECONDS
from proxy.replies import MediaReply
from proxy.upstream.hedging import HEDGE_SECONDS
from proxy.upstream.retries import RETRY_SECONDS
from tests.fetch.test_resuming.broken import BODY, HALF, PLAYLIST, TAG, broken, rest
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.built import Built, ask, built

HUNG = broken(HALF, TAG, end=End.HANG)


@dataclass
class Playing:
    """A player of one segment, and the bytes that it got."""

    origin: RawOrigin
    one: Built
    got: bytearray
    task: asyncio.Task[None]

    async def until(self, size: int) -> None:
        """Wait until this many bytes have arrived, over real sockets."""
        async with asyncio.timeout(5):
            while len(self.got) < size and not self.task.done():  # noqa: ASYNC110 - real sockets
                await asyncio.sleep(0.005)

    async def heard(self, requests: int) -> None:
        """Wait until the origin has this many requests."""
        async with asyncio.timeout(5):
            while len(self.origin.heard) < requests:  # noqa: ASYNC110 - real sockets
                await asyncio.sleep(0.005)

    async def silence(self, seconds: float) -> None:
        """Let time pass; requests sent by then reach the origin."""
        await self.one.clock.advance(seconds)
        await asyncio.sleep(0.05)

    async def end(self) -> bytes:
        """Return the whole body."""
        async with asyncio.timeout(5):
            await self.task
        return bytes(self.got)


@asynccontextmanager
async def playing(*replies: Reply, pause: bool = False) -> AsyncIterator[Playing]:
    """Request the segment; with a `pause` the player takes one chunk only."""
    async with (
        RawOrigin(PLAYLIST, *replies) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        reply = await one.stream.open("main/s.ts", ask())
        assert isinstance(reply, MediaReply)
        got = bytearray()

        async def play() -> None:
            async with reply.answer as body:
                async for chunk in body.chunks():
                    got.extend(chunk)
                    if pause:
                        await asyncio.Event().wait()

        task = asyncio.create_task(play())
        try:
            yield Playing(origin, one, got, task)
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_the_rest_of_a_silent_body_is_requested() -> None:
    """After about three seconds, on another connection; the player gets all of it."""
    async with playing(HUNG, rest(HALF, TAG)) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS - 0.5)
        assert len(play.origin.heard) == 2
        await play.silence(1.5)
        assert await play.end() == BODY
        first, second = play.origin.heard[1:]
    assert second.values("Range") == [f"bytes={HALF}-"]
    assert second.values("If-Range") == ['"strong"']
    assert first.connection != second.connection


async def test_a_silence_may_outlast_a_cut_of_10_seconds() -> None:
    """The upstream may be away for longer than a first byte may take."""
    gone = Reply(b"", End.RST)
    asked = round(FIRST_BYTE_SECONDS / RETRY_SECONDS) + 2
    async with playing(HUNG, *[gone] * asked, rest(HALF, TAG)) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        for _ in range(asked + 1):
            await play.silence(RETRY_SECONDS)
        assert await play.end() == BODY


async def test_the_silent_body_wins_if_it_continues_first() -> None:
    """The second answer is delayed, and is closed when it arrives."""
    late = Reply(b"", End.HANG)
    async with playing(HUNG, late) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        await play.heard(3)
        first = play.origin.heard[1].connection
        play.origin.writers[first].write(BODY[HALF:])
        assert await play.end() == BODY


@pytest.mark.parametrize(
    "second",
    [
        answer(BODY, TAG),
        rest(HALF, 'ETag: "other"'),
        answer(status="404 No"),
        answer(status="416 No"),
        broken(0, TAG),
    ],
    ids=["200", "tag", "404", "416", "broken"],
)
async def test_a_rest_that_does_not_fit_leaves_the_silent_body_alone(
    second: Reply,
) -> None:
    """One attempt per silence; the body goes on when its bytes arrive."""
    async with playing(HUNG, second) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        await play.heard(3)
        await play.silence(20)
        assert not play.task.done()
        first = play.origin.heard[1].connection
        play.origin.writers[first].write(BODY[HALF:])
        assert await play.end() == BODY
        assert len(play.origin.heard) <= 4


async def test_without_a_validator_the_silent_body_is_awaited() -> None:
    """Nothing proves that the rest belongs to the same body."""
    async with playing(broken(HALF, end=End.HANG)) as play:
        await play.until(HALF)
        await play.silence(20)
        assert len(play.origin.heard) == 2


async def test_a_body_that_stays_silent_is_given_up() -> None:
    """Also a part, although its first byte may take much longer."""
    async with playing(broken(HALF, end=End.HANG)) as play:
        await play.until(HALF)
        await play.silence(MOST_SILENT_SECONDS - 1)
        assert not play.task.done()
        await play.silence(2)
        with pytest.raises(TruncatedError):
            await play.end()


async def test_a_new_connection_is_used_if_a_kept_one_is_dead() -> None:
    """The line is gone: each kept connection is silent, too."""
    async with playing(HUNG, Reply(b"", End.HANG), rest(HALF, TAG)) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        await play.heard(3)
        await play.silence(HEDGE_SECONDS)
        assert await play.end() == BODY
        assert len({each.connection for each in play.origin.heard[1:]}) == 3


async def test_a_silent_body_that_breaks_is_not_requested_twice() -> None:
    """The answer requested during the silence is awaited."""
    async with playing(HUNG, Reply(b"", End.HANG)) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        await play.heard(3)
        first, second = (each.connection for each in play.origin.heard[1:])
        play.origin.writers[first].transport.abort()
        await asyncio.sleep(0.05)
        play.origin.writers[second].write(rest(HALF, TAG).data)
        assert await play.end() == BODY
        assert len(play.origin.heard) == 3


async def test_a_player_that_takes_nothing_causes_no_silence() -> None:
    """The player is slow, not the upstream."""
    async with playing(HUNG, pause=True) as play:
        await play.until(1)
        await play.silence(20)
        assert len(play.origin.heard) == 2


async def test_a_player_that_leaves_in_a_silence_leaves_nothing_open() -> None:
    """Both connections are closed."""
    async with playing(HUNG, Reply(b"", End.HANG)) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        await play.heard(3)
        play.task.cancel()
        await asyncio.wait({play.task})
        async with asyncio.timeout(5):
            while len(play.origin.writers) > 1:  # noqa: ASYNC110 - real sockets
                await asyncio.sleep(0.005)


async def test_a_body_is_rescued_a_limited_number_of_times() -> None:
    """However little each rescue brings before the next silence."""
    size = len(BODY)
    parts = [
        Reply(rest(at, TAG).data[: -(size - at) + 1], End.HANG)
        for at in range(HALF, HALF + MAX_RESCUES + 5)
    ]
    async with playing(HUNG, *parts) as play:
        for more in range(MAX_RESCUES):
            await play.until(HALF + more)
            await play.silence(SILENT_SECONDS + 1)
        await play.until(HALF + MAX_RESCUES)
        await play.silence(20)
        assert len(play.origin.heard) == 2 + MAX_RESCUES


async def test_a_silent_body_that_breaks_without_a_rest_is_an_error() -> None:
    """As for any break."""
    no = answer(status="404 No")
    async with playing(HUNG, no) as play:
        await play.until(HALF)
        await play.silence(SILENT_SECONDS + 1)
        await play.heard(3)
        first = play.origin.heard[1].connection
        play.origin.writers[first].transport.abort()
        with pytest.raises(TruncatedError):
            await play.end()
