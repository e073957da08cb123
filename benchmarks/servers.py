"""The program and servers of aiohttp, as benchmarks run them."""

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
    """Run the program while the block lasts; give its port.

    `streams` is the part of its configuration that has them, in TOML.
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
    """Run it with one stream, of a playlist on a port of this machine."""
    return program(
        f'[streams.lobby]\nurl = "http://127.0.0.1:{origin}/v.m3u8"\n'
        'token = { source = "static", value = "x" }\n'
        'placement = [{ query = "token" }]\n'
    )


@contextlib.asynccontextmanager
async def served(runner: web.BaseRunner) -> AsyncIterator[int]:
    """Run a server of aiohttp while the block lasts; give its port."""
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
