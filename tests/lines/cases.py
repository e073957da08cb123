"""What fails on the line or at the origin, and how much of it a player may notice."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxy.clock import Clock
from tests.lines.gate import Gate, State
from tests.lines.line import Line

Fault = Callable[[Line, Gate, Clock], Awaitable[object]]
"""Causes the fault; returns when it is over."""

MOST_WAIT = 8.0
"""In seconds. hls.js gives up on an answer that does not begin within 10 s."""


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of failure."""

    name: str
    fault: Fault
    most_back: float | None
    """The most seconds from the end of the fault until something new comes. None: the
    fault does not end while the case is played."""
    at_once: bool = False
    """Whether the fault begins before anybody plays."""
    watched: float = 0.0
    """Seconds to keep watching after that; 0: until something new comes."""
    bridged: bool = False
    """Whether every request must get an answer."""


def _cut(seconds: float) -> Fault:
    async def fault(line: Line, gate: Gate, clock: Clock) -> None:
        del gate
        line.cut()
        await clock.sleep(seconds)
        line.mend()

    return fault


async def _moved(line: Line, gate: Gate, clock: Clock) -> None:
    del gate, clock
    line.change_address()


def _away(state: State, seconds: float) -> Fault:
    async def fault(line: Line, gate: Gate, clock: Clock) -> None:
        del line
        await gate.change(state)
        await clock.sleep(seconds)
        await gate.change(State.OPEN)

    return fault


async def _slow(line: Line, gate: Gate, clock: Clock) -> None:
    del line, clock
    await gate.change(State.SLOW)


CASES = (
    Case("cut-10", _cut(10.0), most_back=1.0),
    Case("cut-45", _cut(45.0), most_back=2.0),
    Case("address", _moved, most_back=3.0),
    Case("slow-first", _slow, most_back=None, at_once=True, watched=125.0),
    Case("slow-later", _slow, most_back=None, watched=75.0),
    Case("refused-5", _away(State.REFUSED, 5.0), most_back=1.0, bridged=True),
    Case("reset-5", _away(State.RESET, 5.0), most_back=1.0, bridged=True),
    Case("503-5", _away(State.UNAVAILABLE, 5.0), most_back=1.0, bridged=True),
)
