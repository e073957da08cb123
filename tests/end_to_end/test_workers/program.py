"""The real program with two workers, and what it shows."""

import asyncio
import json
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.end_to_end.stage import ROOT
from tests.end_to_end.test_workers.platform import SLOW

_START_SECONDS = 60.0


def put(config: Path, text: str) -> None:
    """Write a configuration."""
    config.write_text(text)


@dataclass
class Program:
    """The real program with two workers, and its output."""

    process: asyncio.subprocess.Process
    config: Path
    lines: list[dict[str, object]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Return its base URL."""
        (line,) = (one for one in self.lines if one["event"] == "listening")
        addresses = line["addresses"]
        assert isinstance(addresses, list)
        return f"http://{addresses[0]}"

    def workers_of(self, event: str, **fields: object) -> Counter[object]:
        """Return how often each worker logged such an event."""
        found = (line for line in self.lines if line["event"] == event)
        return Counter(
            line.get("worker") for line in found if fields.items() <= line.items()
        )

    async def read(self) -> None:
        """Collect its output."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            assert line.startswith(b"{"), line
            self.lines.append(json.loads(line))


@asynccontextmanager
async def program(config: Path, text: str, **environ: str) -> AsyncIterator[Program]:
    """Run the program while the block lasts; it must end cleanly."""
    put(config, text)
    command = [sys.executable, "-m", "proxy", "run", "--config", str(config)]
    process = await asyncio.create_subprocess_exec(
        *command,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environ},
        cwd=ROOT,
    )
    running = Program(process, config)
    reader = asyncio.create_task(running.read())
    try:
        await until(lambda: bool(running.workers_of("listening")) or reader.done())
        yield running
        if process.returncode is None:
            process.terminate()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await reader


async def until(seen: Callable[[], bool], seconds: float = _START_SECONDS) -> None:
    """Wait until something is seen in another process."""
    async with asyncio.timeout(seconds):
        while not seen():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)


async def got(url: str) -> bytes:
    """Get a URL on a connection of its own."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get(url) as answer,
    ):
        assert answer.status == 200, (url, answer.status, await answer.text())
        return await answer.read()


async def names(base: str, name: str) -> list[str]:
    """Return the local URLs of a stream's segments."""
    entry = f"{base}/{name}/index.m3u8"
    text = (await got(entry)).decode()
    found = [line for line in text.split("\n") if line and not line.startswith("#")]
    return [f"{base}/{name}/{line}" for line in found if line.split("/")[-1] != SLOW]


async def state(base: str) -> dict[str, object]:
    """Return what the program shows in /status.json."""
    told = json.loads(await got(f"{base}/status.json"))
    assert isinstance(told, dict)
    return told


async def processes(base: str) -> list[int]:
    """Return the ids of the workers."""
    workers = (await state(base))["workers"]
    assert isinstance(workers, list)
    return [one["process"] for one in workers]


async def number(base: str, series: str) -> float:
    """Return a metric of the whole program, summed over its labels."""
    text = (await got(f"{base}/metrics")).decode()
    found = re.findall(
        rf"^hls_auth_proxy_{series}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE
    )
    return sum(map(float, found))
