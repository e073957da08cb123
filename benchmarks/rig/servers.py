"""Runs the program and aiohttp servers in the event loop of a process."""

import contextlib
import random
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from aiohttp import web

from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.settings import load


@contextlib.asynccontextmanager
async def program(streams: str) -> AsyncIterator[int]:
    """Run the program while the block lasts; yield its port.

    `streams` is the part of the configuration with the streams, in TOML.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "bench.toml"
        config.write_text(f'[server]\nlisten = "127.0.0.1:0"\n{streams}')
        async with running(
            load(config, environ={}),
            environ={},
            clock=SystemClock(),
            rng=random.Random(0),  # noqa: S311 - a jitter, no secret
        ) as program:
            yield program.addresses[0].port


def lobby(origin: int) -> AbstractAsyncContextManager[int]:
    """Run the program with one stream, whose playlist is on a port of this machine."""
    return program(
        f'[streams.lobby]\nurl = "http://127.0.0.1:{origin}/v.m3u8"\n'
        'token = { source = "static", value = "x" }\n'
        'placement = [{ query = "token" }]\n'
    )


@contextlib.asynccontextmanager
async def served(runner: web.BaseRunner) -> AsyncIterator[int]:
    """Run an aiohttp server while the block lasts; yield its port."""
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
