"""A body is nearly complete when its rest comes sooner than another answer would."""

import asyncio
from dataclasses import replace

import pytest

from proxy.core.http.headers import Fields
from proxy.replies import MediaReply
from proxy.sharing.fill import Fill
from proxy.sharing.fills import Fills
from proxy.sharing.nearly import Nearly
from tests.fake_clock import FakeClock
from tests.streams.scripted_fill import KEY, ORDER, Upstream, joined, store

ANSWERED = 0.1
LENGTH = 1000


async def begun(clock: FakeClock, length: int | None = LENGTH) -> Nearly:
    """Return a body whose head came after `ANSWERED` seconds."""
    nearly = Nearly(clock)
    await clock.advance(ANSWERED)
    nearly.begun(length)
    return nearly


@pytest.mark.parametrize(
    ("seconds", "size", "expected"),
    [
        (1.0, 500, False),  # 0.5 s to go
        (1.0, 900, False),
        (1.0, 920, True),  # less than 0.09 s to go
        (0.05, 500, True),
        (10.0, 980, False),
        (10.0, 995, True),
    ],
)
async def test_the_rest_comes_at_the_speed_so_far(
    seconds: float, size: int, *, expected: bool
) -> None:
    """It is compared with how long the answer took to begin."""
    clock = FakeClock()
    nearly = await begun(clock)
    await clock.advance(seconds)
    nearly.came(size)
    assert nearly.is_set == expected


async def test_the_first_half_says_too_little() -> None:
    """So nobody is to look before; after the end nobody needs to."""
    clock = FakeClock()
    nearly = await begun(clock)
    assert nearly.size == LENGTH / 2
    await clock.advance(0.01)
    nearly.came(LENGTH)
    assert nearly.is_set
    assert nearly.size > LENGTH


async def test_a_body_of_unknown_length_is_not_nearly_complete_before_its_end() -> None:
    """Then whoever waits goes on."""
    clock = FakeClock()
    nearly = await begun(clock, None)
    assert nearly.size > 1 << 40
    waiting = asyncio.create_task(nearly.wait())
    await clock.settle()
    assert not waiting.done()
    nearly.end()
    await waiting


class Silent(Upstream):
    """Answers nothing until a gate opens."""

    def __init__(self, gate: asyncio.Event) -> None:
        super().__init__(None)
        self._gate = gate

    async def __call__(self, fields: Fields) -> MediaReply | None:
        """Wait for the gate."""
        await self._gate.wait()
        return await super().__call__(fields)


@pytest.mark.parametrize("running", [1, 2])
async def test_what_is_fetched_ahead_does_not_wait_for_a_new_connection(
    running: int,
) -> None:
    """If two are nearly complete, it takes the connection that is free first."""
    gates, clock = [asyncio.Event() for _ in range(running)], FakeClock()
    fills = Fills(store(), clock=clock)

    begun = list[Fill]()
    for number, gate in enumerate(gates):
        key = KEY._replace(path=f"main/{number}.ts", number=number)
        begun.append(joined(fills, Silent(gate), replace(ORDER, key=key)))
    calm = asyncio.create_task(fills.calm())
    await clock.settle()
    assert not calm.done()
    for fill in begun:
        fill.nearly.end()
    await clock.settle()
    assert calm.done() == (running == 1)
    gates[0].set()
    await calm
    for fill in begun:
        fills.leave(fill, 0, first=True)
    await fills.close()
