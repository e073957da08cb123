"""All pieces are fetched, several at once, and then checked."""

import asyncio
from collections import Counter

import pytest

from proxy.app.fetching_all import FetchAll, missing_of
from proxy.app.prefetch_plan import PlannedPiece
from proxy.core.http.cache_status import CacheStatus
from proxy.errors import BadAnswerError, UnreachableError
from proxy.replies import DocumentReply, MediaReply, PlayerAsk, Reply
from tests.fake_clock import FakeClock
from tests.web.fakes import FakeBody

PIECES = [PlannedPiece(f"a/{number}.ts", {}) for number in range(20)]


class Stream:
    """Media of five bytes; some paths fail a number of times first."""

    def __init__(self, **failures: int) -> None:
        self.failures = Counter(failures)
        self.asked: list[PlayerAsk] = []
        self.open_now = self.most = 0
        self.kept = set[str]()

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Answer a moment later."""
        self.asked.append(ask)
        self.open_now += 1
        self.most = max(self.most, self.open_now)
        await asyncio.sleep(0)
        self.open_now -= 1
        name = path.rpartition("/")[2].partition(".")[0]
        if self.failures[name] > 0:
            self.failures[name] -= 1
            raise UnreachableError("gone")
        hit = path in self.kept
        self.kept.add(path)
        cache = CacheStatus(hit=True) if hit else CacheStatus(fwd="uri-miss")
        return MediaReply(200, (), FakeBody(b"12345"), cache)


class Bar:
    """Counts its steps."""

    done = 0

    def update(self, n_steps: int) -> None:
        """Count."""
        self.done += n_steps


class Settled:
    """Counts how often the disk was awaited."""

    count = 0

    async def __call__(self) -> None:
        """Count, instead of waiting."""
        self.count += 1


def fetching(stream: Stream, clock: FakeClock | None = None) -> FetchAll:
    """Return a fetcher for a stream."""
    return FetchAll(stream, Settled(), clock or FakeClock())


async def test_each_piece_is_fetched_and_its_copy_awaited() -> None:
    """A few at once, so that memory does not fill faster than the disk can write."""
    stream, bar = Stream(), Bar()
    one = fetching(stream)
    await one.run(PIECES, bar)
    assert (one.bytes, one.had, bar.done) == (100, 0, 20)
    assert stream.kept == {piece.path for piece in PIECES}
    assert 1 < stream.most <= 4
    assert isinstance(one.settled, Settled)
    assert one.settled.count == 20


async def test_present_pieces_are_counted_separately() -> None:
    """A second run continues where the first one stopped."""
    stream = Stream()
    await fetching(stream).run(PIECES[:15], Bar())
    again = fetching(stream)
    await again.run(PIECES, Bar())
    assert again.had == 15


async def test_a_range_is_requested() -> None:
    """As a player does."""
    stream = Stream()
    await fetching(stream).run([PlannedPiece("a/1.ts", {"Range": "bytes=0-4"})], Bar())
    assert stream.asked[0].headers == {"Range": "bytes=0-4"}


async def test_a_failure_is_retried() -> None:
    """For a short time."""
    clock, stream = FakeClock(), Stream(**{"3": 2})
    running = asyncio.create_task(fetching(stream, clock).run(PIECES, Bar()))
    while not running.done():
        await asyncio.sleep(0)
        await clock.advance(0.5)
    await running
    assert stream.kept == {piece.path for piece in PIECES}


async def test_a_lasting_failure_ends_the_fetch() -> None:
    """With its error; no task continues."""
    clock, stream = FakeClock(), Stream(**{"3": 100})
    running = asyncio.create_task(fetching(stream, clock).run(PIECES, Bar()))
    while not running.done():
        await asyncio.sleep(0)
        await clock.advance(0.5)
    with pytest.raises(UnreachableError):
        await running
    assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("prefetch")]


async def test_a_piece_that_is_not_media_ends_the_fetch() -> None:
    """The playlist lists something else."""

    class Documents(Stream):
        async def open(self, path: str, ask: PlayerAsk) -> Reply:
            del path, ask
            return DocumentReply(b"{}")

    clock = FakeClock()
    running = asyncio.create_task(fetching(Documents(), clock).run(PIECES, Bar()))
    while not running.done():
        await asyncio.sleep(0)
        await clock.advance(0.5)
    with pytest.raises(BadAnswerError):
        await running


async def test_missing_pieces_are_found() -> None:
    """Without reading the others."""
    stream, bar = Stream(**{"3": 1, "7": 1}), Bar()
    missing = await missing_of(stream, PIECES, bar)
    assert list(missing) == ["a/3.ts", "a/7.ts"]
    assert bar.done == 20
    assert {ask.method for ask in stream.asked} == {"HEAD"}
