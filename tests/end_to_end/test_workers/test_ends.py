"""Workers may be killed, and all end with the program."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from proxy.system import sockets
from tests.end_to_end.test_workers.platform import (
    SEGMENT,
    SEGMENTS,
    SLOW,
    platform,
    text,
)
from tests.end_to_end.test_workers.program import (
    got,
    names,
    number,
    processes,
    program,
    state,
    until,
)

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here"),
]


def alive(process: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_players_go_on_when_a_worker_is_killed(config: Path) -> None:
    """Another one replaces it, without another login; counts are not lost."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        base = two.base
        segments = await names(base, "lobby")
        origin.seconds = 3600
        failed: list[Exception] = []
        over = asyncio.Event()

        async def play() -> int:
            count = 0
            while not over.is_set():
                try:
                    assert await got(segments[count % SEGMENTS]) == SEGMENT
                    count += 1
                except (aiohttp.ClientError, OSError) as error:
                    failed.append(error)
                await asyncio.sleep(0.02)
            return count

        players = [asyncio.create_task(play()) for _ in range(4)]
        await asyncio.sleep(1)
        before = await processes(base)
        counted = await number(base, "player_requests_total")
        os.kill(before[0], signal.Signals["SIGKILL"])
        await until(lambda: two.workers_of("worker died").total() == 1)
        now = await processes(base)
        while 0 in now or now[0] == before[0]:
            await asyncio.sleep(0.1)
            now = await processes(base)
        # Until the new one serves requests, too.
        seen = len(two.lines)
        await until(
            lambda: any(
                one.get("worker") == 1 and one["event"] == "request"
                for one in two.lines[seen:]
            )
        )
        over.set()
        played = sum(await asyncio.gather(*players))
        # At most the running requests of the killed one; a player sends them again.
        assert len(failed) <= len(players), failed
        assert played > 50
        assert now[1] == before[1]
        assert origin.misused == []
        assert await number(base, "player_requests_total") >= counted
        assert await number(base, "worker_deaths_total") == 1
        assert (await state(base))["workers"] == [
            {"number": 1, "process": now[0], "replaced": 1},
            {"number": 2, "process": now[1], "replaced": 0},
        ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_all_end_on_a_signal(config: Path, number: signal.Signals) -> None:
    """With exit code 0; a running transfer gets its rest."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        ids = await processes(two.base)
        assert len(set(ids)) == 2
        two.process.send_signal(number)
        assert await asyncio.wait_for(two.process.wait(), 20) == 0
        assert not any(map(alive, ids))
    assert [line["event"] for line in two.lines][-2:] == ["stopping", "stopped"]


async def test_a_transfer_may_finish_unless_interrupted(config: Path) -> None:
    """After the first signal it may, after the second not, and no process remains."""
    async with platform() as origin:
        for signals, whole in ((1, True), (2, False)):
            (config.parent / "refresh").write_text(f"refresh-{origin.grants}")
            async with program(config, text(origin.url)) as two:
                (first, *_) = await names(two.base, "lobby")
                ids = await processes(two.base)
                slow = asyncio.create_task(got(first.rpartition("/")[0] + f"/{SLOW}"))
                await asyncio.sleep(0.8)
                for _ in range(signals):
                    two.process.terminate()
                    await asyncio.sleep(0.3)
                (result,) = await asyncio.gather(slow, return_exceptions=True)
                assert (result == SEGMENT) is whole
                code = await asyncio.wait_for(two.process.wait(), 20)
                assert code == (0 if whole else 130)
                assert not any(map(alive, ids))


async def test_no_worker_outlives_its_parent(config: Path) -> None:
    """Not even a parent that was killed without notice."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        ids = await processes(two.base)
        two.process.kill()
        await two.process.wait()
        await until(lambda: not any(map(alive, ids)), 20)
