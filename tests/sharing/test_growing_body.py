"""Many readers share a growing body, each at its own speed."""

import asyncio

import pytest

from proxy.errors import TruncatedError
from proxy.sharing.growing_body import HELD_UP_SECONDS, TAIL_BYTES, Growing
from proxy.store.key import Key
from proxy.store.memory import MemoryWriting
from proxy.store.port import Head
from proxy.store.store import TieredStore
from tests.fake_clock import FakeClock
from tests.streams.storing import KIB, MIB, store

KEY = Key("s", "main/s.ts", "https://a.test/s.ts", "run", 0)


def growing(
    kept: TieredStore, clock: FakeClock | None = None, expected: int | None = None
) -> Growing:
    """Return a body that is being written to a store."""
    writing = kept.begin(KEY, expected)
    assert writing is not None
    return Growing(writing, clock=clock or FakeClock())


async def test_a_reader_waits_for_bytes_and_for_the_end() -> None:
    """It gets them as they arrive."""
    one = growing(store())
    reader = one.enter(0)
    waits = asyncio.create_task(one.read(reader, None))
    await asyncio.sleep(0)
    assert not waits.done()
    assert one.append(b"abc")
    assert await waits == b"abc"
    waits = asyncio.create_task(one.read(reader, None))
    await asyncio.sleep(0)
    assert one.end(Head())
    assert await waits == b""


async def test_a_reader_that_leaves_while_it_waits_does_not_disturb_others() -> None:
    """The others get the next bytes."""
    one = growing(store())
    gone, other = one.enter(0), one.enter(0)
    first = asyncio.create_task(one.read(gone, None))
    second = asyncio.create_task(one.read(other, None))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    one.leave(gone)
    one.append(b"abc")
    assert await second == b"abc"


async def test_a_late_reader_reads_earlier_bytes() -> None:
    """From the store, in pieces, and no more than it wants."""
    kept = store()
    one = growing(kept)
    pieces = [bytes([number]) * 300 * KIB for number in range(3)]
    for piece in pieces:
        one.append(piece)
    one.end(Head())
    reader, got = one.enter(0), b""
    while data := await one.read(reader, None):
        got += data
    assert got == b"".join(pieces)
    assert await one.read(one.enter(299 * KIB), 301 * KIB) == got[299 * KIB : 301 * KIB]
    assert await one.read(one.enter(5), 5) == b""


async def test_a_reader_that_is_a_little_behind_does_not_read_from_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What came last is at hand, in one piece."""
    one = growing(store())
    reader = one.enter(0)
    one.append(b"begin")
    assert await one.read(reader, None) == b"begin"
    pieces = [bytes([number]) * 16 * KIB for number in range(16)]
    for piece in pieces:
        one.append(piece)
    monkeypatch.setattr(MemoryWriting, "read", lambda *_: b"")
    assert await one.read(reader, None) == b"".join(pieces)
    one.append(pieces[0])
    assert await one.read(reader, None) is pieces[0]


@pytest.mark.parametrize(
    ("readers", "most"), [(1, 256 * KIB), (256, 128 * KIB), (4000, 64 * KIB)]
)
async def test_many_readers_get_smaller_pieces(readers: int, most: int) -> None:
    """A thousand players that are slow do not hold a quarter of a MiB each."""
    one, got = growing(store()), b""
    all_ = [one.enter(0) for _ in range(readers)]
    pieces = [bytes([number]) * 300 * KIB for number in range(3)]
    for piece in pieces:
        one.append(piece)
    while len(got) < 900 * KIB:
        data = await one.read(all_[0], None)
        assert 0 < len(data) <= most
        got += data
    assert got == b"".join(pieces)


async def test_a_failure_comes_after_the_bytes() -> None:
    """Nothing is kept."""
    kept = store()
    one = growing(kept)
    one.append(b"abc")
    one.fail(TruncatedError("broken"))
    reader = one.enter(0)
    assert await one.read(reader, None) == b"abc"
    with pytest.raises(TruncatedError, match="broken"):
        await one.read(reader, None)
    assert kept.find(KEY) is None


async def test_a_complete_body_is_not_evicted_while_it_is_read() -> None:
    """Not even if its room is needed; after that it may be evicted."""
    kept = store(budget=3 * MIB, largest=2 * MIB)
    one = growing(kept)
    one.append(b"x" * (2 * MIB))
    assert one.end(Head())
    other = Key("s", "main/t.ts", "https://a.test/t.ts", "run", 1)
    assert kept.begin(other, 2 * MIB) is None
    assert kept.find(KEY) is not None
    one.release()
    assert kept.begin(other, 2 * MIB) is not None
    assert kept.find(KEY) is None


async def test_without_room_the_slowest_reader_sets_the_speed() -> None:
    """Only the last part is in memory; nobody misses a byte."""
    one = growing(store(budget=2 * MIB, largest=MIB))
    fast, slow = one.enter(0), one.enter(0)
    assert one.append(b"a" * MIB)
    assert not one.append(b"b" * MIB)
    assert not one.is_stored
    await one.room()
    assert not one.append(b"c" * TAIL_BYTES)
    waits = asyncio.create_task(one.room())
    got = {fast: b"", slow: b""}
    for reader in (fast, slow):
        while reader.at < one.size:
            await asyncio.sleep(0)
            assert waits.done() is (slow.at >= 2 * MIB)
            got[reader] += await one.read(reader, None)
    await waits
    assert not one.end(Head())
    whole = b"a" * MIB + b"b" * MIB + b"c" * TAIL_BYTES
    assert got == {fast: whole, slow: whole}


async def test_c4_readers_that_are_slow_hold_up_a_fast_one_only_briefly() -> None:
    """They read all the time, but the fast one has waited for a second in all."""
    clock = FakeClock()
    one = growing(store(budget=2 * MIB, largest=MIB), clock)
    fast, *slow = (one.enter(0) for _ in range(4))
    waited = 0.0
    for _ in range(12):
        one.append(b"x" * MIB)
        while fast.at < one.size:
            await one.read(fast, None)
        waits = asyncio.create_task(one.room())
        await clock.settle()
        while not waits.done():
            await clock.advance(0.1)
            waited += 0.1
            for reader in slow:
                if not reader.cut:
                    reader.at += 20_000
                    one.leave(one.enter(0))  # as a read does
        await waits
    assert waited <= HELD_UP_SECONDS + 0.2
    assert fast.at == 12 * MIB
    for reader in slow:
        with pytest.raises(TruncatedError, match="too slow"):
            await one.read(reader, None)


async def test_c4_readers_that_are_all_slow_are_not_cut_off() -> None:
    """None of them waits for another one."""
    clock = FakeClock()
    one = growing(store(budget=2 * MIB, largest=MIB), clock)
    slow = [one.enter(0) for _ in range(2)]
    for _ in range(3):
        one.append(b"x" * MIB)
    waits = asyncio.create_task(one.room())
    for at in range(1, 21):
        await clock.advance(1)
        for reader in slow:
            if reader.at < at * MIB // 20:
                await one.read(reader, at * MIB // 20)
    assert not waits.done()
    assert not any(reader.cut for reader in slow)
    waits.cancel()


async def test_c4_a_reader_that_stalls_a_body_without_room_is_cut_off() -> None:
    """After a second, if others wait for it; alone it may take its time."""
    clock = FakeClock()
    one = growing(store(budget=2 * MIB, largest=MIB), clock)
    stalled, other = one.enter(0), one.enter(0)
    for _ in range(3):
        one.append(b"x" * MIB)
        while other.at < one.size:
            await one.read(other, None)
    waits = asyncio.create_task(one.room())
    await clock.advance(HELD_UP_SECONDS - 0.1)
    assert not waits.done()
    await clock.advance(0.2)
    await waits
    with pytest.raises(TruncatedError, match="too slow"):
        await one.read(stalled, None)
    one.append(b"y" * 2 * MIB)
    waits = asyncio.create_task(one.room())
    await clock.advance(100)
    assert not waits.done()
    while other.at < one.size:
        await one.read(other, None)
    await waits


async def test_c4_a_reader_in_the_middle_of_the_last_piece_is_cut_off_too() -> None:
    """Its piece is what fills the tail."""
    clock = FakeClock()
    one = growing(store(budget=2 * MIB, largest=MIB), clock)
    stalled, other = one.enter(0), one.enter(0)
    one.append(b"x" * MIB)
    one.append(b"x" * 2 * MIB)
    for reader, end in ((stalled, 5 * MIB // 2), (other, None)):
        while reader.at < (end or one.size):
            await one.read(reader, end)
    waits = asyncio.create_task(one.room())
    await clock.advance(HELD_UP_SECONDS + 0.1)
    await waits
    assert stalled.cut
