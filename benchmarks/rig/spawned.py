"""Runs aiohttp servers, each in its own process, and reads their CPU time."""

import asyncio
import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from benchmarks.rig.pipes import Pipe, pipe
from benchmarks.rig.side import Side
from proxy import log
from proxy.app.interpreter import set_up_interpreter

Serve = Callable[..., AbstractAsyncContextManager[int]]
"""Runs a server while the block lasts and yields its port; a module-level function."""


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
        yield Side(name, ours.recv(), used=used)
    finally:
        ours.send("end")
        process.join()


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
