"""Runs the servers to measure, each in its own process.

Only the user and system time of the server's process is counted.
"""

import asyncio
import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.pipes import Pipe, pipe
from proxy import log
from proxy.app.interpreter import set_up_interpreter

Serve = Callable[..., AbstractAsyncContextManager[int]]
"""Runs a server while the block lasts and yields its port; a module-level function."""


@dataclass(slots=True)
class Side:
    """One server as the load generator sees it."""

    name: str
    port: int
    used: Callable[[], float]
    """Returns the CPU time of the process so far, in seconds."""
    costs: list[float] = field(default_factory=list)
    """CPU seconds per request, by round."""


@contextlib.contextmanager
def started(name: str, serve: Serve, *given: object) -> Iterator[Side]:
    """Run the server in its own process while the block lasts."""
    ours, theirs = pipe()
    spawned = multiprocessing.get_context("spawn")
    process = spawned.Process(target=_process, args=(theirs, serve, *given))
    process.start()

    def used() -> float:
        ours.send("used")
        seconds = ours.recv()
        assert isinstance(seconds, float)
        return seconds

    try:
        yield Side(name, ours.recv(), used)
    finally:
        ours.send("end")
        process.join()


def cores() -> tuple[Sequence[int], Sequence[int]]:
    """Return the core for the measured server, and the cores for everything else.

    Both are empty if the system cannot say, or has only one core.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    mine = sorted(affinity(0)) if affinity else []
    return (mine[:1], mine[1:]) if len(mine) > 1 else ((), ())


@contextlib.contextmanager
def pinned(to: Sequence[int]) -> Iterator[None]:
    """Pin this process to these cores for the block; child processes stay pinned."""
    pin = getattr(os, "sched_setaffinity", None)
    if pin is None or not to:
        yield
        return
    before = getattr(os, "sched_getaffinity")(0)  # noqa: B009 - not on every system
    pin(0, to)
    try:
        yield
    finally:
        pin(0, before)


def _process(pipe: Pipe, serve: Serve, *given: object) -> None:
    with Path(os.devnull).open("w") as nowhere:
        log.configure(nowhere, form="json")
        asyncio.run(_serve(pipe, serve, *given))


async def _serve(pipe: Pipe, serve: Serve, *given: object) -> None:
    """Serve until the pipe says stop; send the port, then the CPU time on request."""
    ended = asyncio.Event()

    def asked() -> None:
        if pipe.recv() == "end":
            ended.set()
        else:
            pipe.send(time.process_time())

    async with serve(*given) as port:
        set_up_interpreter()
        pipe.send(port)
        asyncio.get_running_loop().add_reader(pipe.fileno(), asked)
        await ended.wait()
