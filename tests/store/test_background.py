"""Threads and tasks for a disk."""

import asyncio
import contextlib
import gc
import threading

import pytest

from proxy.store.background import Background


async def test_reading_does_not_wait_for_writing() -> None:
    """A check or a copy may take long."""
    background, go_on = Background(), threading.Event()
    writing = background.later(lambda: background.write(go_on.wait, 10), "writing")
    assert await background.read(sum, [1, 2]) == 3
    assert not writing.done()
    go_on.set()
    assert await writing
    await background.close()


async def test_writing_is_done_in_order() -> None:
    """By one thread."""
    background, order = Background(), list[int]()
    await asyncio.gather(*(background.write(order.append, one) for one in range(50)))
    assert order == list(range(50))
    await background.close()


async def test_closing_waits_for_running_work() -> None:
    """Also for work that this work starts."""
    background, done = Background(), list[str]()

    async def second() -> None:
        done.append("second")

    async def first() -> None:
        await background.write(done.append, "first")
        background.later(second, "second")

    background.later(first, "first")
    await background.close()
    assert done == ["first", "second"]
    assert background.closed


async def test_closing_may_run_out_of_time() -> None:
    """Work that has not begun by then never begins."""
    background, go_on, done = Background(), threading.Event(), list[int]()
    background.later(lambda: background.write(go_on.wait, 10), "long")
    background.later(lambda: background.write(done.append, 1), "never")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await background.close()
    go_on.set()
    await asyncio.sleep(0.05)
    assert done == []


class Thing:
    """Counts how many have ended."""

    ended = 0

    def __del__(self) -> None:
        Thing.ended += 1


async def test_a_result_is_freed_after_its_last_use() -> None:
    """Without waiting for the garbage collector: it may hold a file open."""

    def fails(_: Thing) -> None:
        raise OSError("cannot be read")

    background = Background()
    gc.disable()
    try:
        Thing.ended = 0
        for _ in range(10):
            await background.read(Thing)
        assert Thing.ended == 10
        for _ in range(10):
            with contextlib.suppress(OSError):
                await background.read(fails, Thing())
        assert Thing.ended == 20
    finally:
        gc.enable()
    await background.close()
