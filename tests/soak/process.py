"""Runs the proxy in its own process and measures what it uses."""

import asyncio
import contextlib
import json
import re
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from proxy.clock import Clock
from proxy.errors import StartError

SAMPLE_SECONDS = 2.0

_RSS = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
_RELOADS = re.compile(
    r'^hls_auth_proxy_config_reloads_total\{outcome="([a-z]+)"\} (\S+)', re.MULTILINE
)
_TASKS = re.compile(r"^hls_auth_proxy_tasks (\S+)", re.MULTILINE)
_REFRESHES = re.compile(
    r'^hls_auth_proxy_token_refreshes_total\{outcome="([a-z]+)",.*\} (\S+)',
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process uses at one point in time."""

    at: float
    """Seconds from the beginning."""
    rss: float
    """Resident memory in MiB."""
    descriptors: int
    tasks: int


@dataclass(frozen=True, slots=True)
class Proxy:
    """The running proxy."""

    pid: int
    base_url: str

    async def sample(self, at: float) -> Sample:
        """Measure the process."""
        tasks = _TASKS.search(await self.metrics())
        return Sample(at, *_used(self.pid), int(float(tasks[1])) if tasks else 0)

    async def refreshes(self) -> dict[str, int]:
        """Return the number of token attempts by outcome."""
        counts: dict[str, int] = {}
        for outcome, number in _REFRESHES.findall(await self.metrics()):
            counts[outcome] = counts.get(outcome, 0) + int(float(number))
        return counts

    async def reloads(self) -> dict[str, int]:
        """Return the number of reloads by outcome."""
        found = _RELOADS.findall(await self.metrics())
        return {outcome: int(float(number)) for outcome, number in found}

    async def metrics(self) -> str:
        """Return the text of its metrics."""
        url = f"{self.base_url}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return await answer.text()


def _used(pid: int) -> tuple[float, int]:
    """Return the resident memory in MiB and the number of open descriptors."""
    folder = Path(f"/proc/{pid}")
    found = _RSS.search((folder / "status").read_text())
    memory = int(found[1]) / 1024 if found else 0.0
    return memory, sum(1 for _ in (folder / "fd").iterdir())


@contextlib.asynccontextmanager
async def running(
    config: Path, log: Path, *, prefix: Sequence[str] = ()
) -> AsyncIterator[Proxy]:
    """Run the proxy while the block lasts; its log goes to a file.

    `prefix` comes before its command.
    """
    process = await asyncio.create_subprocess_exec(
        *(*prefix, sys.executable, "-m", "proxy", "run", "--config", str(config)),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    first = (await process.stderr.readline()).decode()
    copying = asyncio.create_task(_copied(process.stderr, log), name="log of the proxy")
    try:
        try:
            parts = urlsplit(json.loads(first)["urls"][0])
        except (ValueError, LookupError):
            words = f"the proxy did not start: {first.strip()}"
            raise StartError(words) from None
        yield Proxy(process.pid, f"{parts.scheme}://{parts.netloc}")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await copying


async def _copied(reader: asyncio.StreamReader, log: Path) -> None:
    with log.open("wb") as sink:
        while line := await reader.readline():
            sink.write(line)


async def watched(proxy: Proxy, seconds: float, clock: Clock) -> tuple[Sample, ...]:
    """Measure the proxy every few seconds for `seconds`."""
    began, samples = clock.mono(), list[Sample]()
    while (at := clock.mono() - began) < seconds:
        samples.append(await proxy.sample(at))
        await clock.sleep(min(SAMPLE_SECONDS, seconds / 10))
    return tuple(samples)


def free_port() -> int:
    """Return a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
