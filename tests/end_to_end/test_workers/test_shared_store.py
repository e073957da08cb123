"""Four workers fetch what players want about once, and keep it within one budget."""

import asyncio
import mmap
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from proxy.system import files, sockets
from tests.end_to_end.test_workers.counting_origin import SEGMENT_SECONDS, Live, live
from tests.end_to_end.test_workers.program import program, until

WORKERS = 4
BUDGET = 16 * 1024 * 1024

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here"),
    pytest.mark.skipif(files.memory_folder() is None, reason="no folder in memory"),
]


def config(folder: Path, origin: str) -> tuple[Path, str]:
    """Return the path and the text of a configuration."""
    return folder / "config.toml", (
        f'[server]\nlisten = "127.0.0.1:0"\nworkers = {WORKERS}\n'
        f"[store]\nmemory_bytes = {BUDGET}\n"
        f'[streams.lobby]\nurl = "{origin}/live/index.m3u8"\n'
    )


@asynccontextmanager
async def connection() -> AsyncIterator[aiohttp.ClientSession]:
    """Keep one connection, and so one worker, while the block lasts."""
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@dataclass(kw_only=True)
class Player:
    """A player of the live stream, on one connection after the other."""

    base: str
    after: float
    got: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    failed: list[Exception] = field(default_factory=list)

    def has(self, segments: int) -> bool:
        """Return whether it has got this many segments."""
        return len(self.got) >= segments

    async def play(self, origin: Live, over: asyncio.Event) -> None:
        """Play until it is over; start a little later than others."""
        await asyncio.sleep(self.after)
        while not over.is_set():
            try:
                async with connection() as session:
                    await self._play(session, origin, over)
            except (aiohttp.ClientError, OSError) as error:
                self.failed.append(error)
                await asyncio.sleep(0.05)

    async def _play(
        self, session: aiohttp.ClientSession, origin: Live, over: asyncio.Event
    ) -> None:
        while not over.is_set():
            url = f"{self.base}/lobby/index.m3u8"
            async with session.get(url) as answer:
                text = await answer.text()
            run = int(text.partition("# run ")[2].partition("\n")[0])
            names = re.findall(r"^[^#\n]+$", text, re.MULTILINE)
            for name in names[-2:]:
                number = int(name.rpartition("seg")[2].removesuffix(".ts"))
                if f"{run} {number}" in self.got:
                    continue
                async with session.get(f"{self.base}/lobby/{name}") as answer:
                    data = await answer.read()
                if answer.status != 200:
                    continue
                self.got[f"{run} {number}"] = data
                if data != origin.body(number, run):
                    self.wrong.append(f"{run} {number} {data[:20]!r}")
            await asyncio.sleep(SEGMENT_SECONDS / 2)


def folders() -> set[Path]:
    """Return the folders for what workers have in common."""
    base = files.memory_folder()
    assert base is not None
    return set(base.glob("hls-auth-proxy-*"))


def in_memory(size: int) -> int:
    """Return how many bytes of memory a file of this size takes."""
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def kept_bytes(folder: Path) -> int:
    """Return how many bytes of memory the files in a folder take."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += in_memory(path.stat().st_size) if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total


async def state(base: str) -> dict[str, object]:
    """Return what the program shows in /status.json."""
    async with connection() as session, session.get(f"{base}/status.json") as answer:
        told = await answer.json()
    assert isinstance(told, dict)
    return told


async def test_four_workers_fetch_a_live_stream_about_once(tmp_path: Path) -> None:
    """Also after one was killed, and after the encoder was restarted."""
    before = folders()
    async with live() as origin, program(*config(tmp_path, origin.url)) as four:
        (folder,) = folders() - before
        players = [Player(base=four.base, after=0.05 * number) for number in range(24)]
        over = asyncio.Event()
        tasks = [asyncio.create_task(one.play(origin, over)) for one in players]
        await asyncio.sleep(8)
        healthy = sum(origin.requests.values()) / len(origin.requests)
        workers = (await state(four.base))["workers"]
        assert isinstance(workers, list)
        os.kill(workers[0]["process"], signal.Signals["SIGKILL"])
        await until(lambda: four.workers_of("worker died").total() == 1)
        await asyncio.sleep(4)
        origin.restart()
        most = 0
        for _ in range(60):
            await asyncio.sleep(0.1)
            most = max(most, kept_bytes(folder))
        told = (await state(four.base))["store"]
        over.set()
        await asyncio.gather(*tasks)
        restarted = [n for name, n in origin.requests.items() if name.startswith("1 ")]
        assert [one.wrong for one in players if one.wrong] == []
        assert all(len(one.got) > 8 for one in players)
        assert isinstance(told, dict)
        assert told["shared"] is True
        assert told["budget_bytes"] == BUDGET
        assert 0 < most <= BUDGET
        # With a store of its own, each worker would ask. The machine may be busy.
        assert healthy < WORKERS / 2
        assert sum(restarted) / len(restarted) < WORKERS / 2
        # At most the running requests of the killed worker.
        assert sum(len(one.failed) for one in players) <= len(players)
    assert not folder.exists()


async def test_a_killed_program_leaves_nothing_for_the_next(tmp_path: Path) -> None:
    """Its folder is removed by the next one, which fetches everything itself."""
    before = folders()
    async with live() as origin:
        for starts in (1, 2):
            async with program(*config(tmp_path, origin.url)) as four:
                (folder,) = folders() - before
                player = Player(base=four.base, after=0)
                over = asyncio.Event()
                task = asyncio.create_task(player.play(origin, over))
                await until(partial(player.has, 3))
                over.set()
                await task
                assert player.wrong == []
                assert kept_bytes(folder) > 0
                if starts == 1:
                    four.process.kill()
                    await four.process.wait()
                    assert folder.exists()
    assert folders() <= before
