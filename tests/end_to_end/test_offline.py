"""A recording plays from the disk: without the origin, and after a restart."""

import asyncio
import socket
import sys
from pathlib import Path

from proxy.demo.media import Container
from tests.end_to_end.player import play
from tests.end_to_end.stage import ROOT, Stage, stage
from tests.lines.gate import State

SECONDS = 12.0
# The demo repeats its media completely.
FRAMES = 336
STREAM = "bearer-vod"


def kept(folder: Path, more: str = "") -> str:
    """Return the text that is added to the profile."""
    return (
        f'\n[store]\ndir = "{folder / "kept"}"\n{more}'
        f'\n[streams.{STREAM}.store]\ntrust = "playlist"\n'
    )


def on_loopback(port: int) -> socket.socket:
    """Return a socket for the gate."""
    return socket.create_server(("127.0.0.1", port))


async def whole(set_up: Stage) -> None:
    """Require that the whole recording plays, without complaints."""
    played = await play(set_up.untapped(STREAM), 2 * SECONDS, paced=False)
    assert (played.exit_code, played.complaints) == (0, "")
    assert played.frames[:2] == [FRAMES] * 2
    assert played.gaps == 0


def asked(set_up: Stage) -> int:
    """Return the number of all requests to the origin."""
    return set_up.origin.record().requests


async def test_it_plays_without_its_origin(tmp_path: Path) -> None:
    """The second play sends nothing upstream, nor does one after a restart offline."""
    async with stage(
        tmp_path,
        Container.TS,
        bind=on_loopback,
        more=kept(tmp_path),
        vod_seconds=SECONDS,
        encrypted=frozenset(),
    ) as set_up:
        await whole(set_up)
        first = asked(set_up)
        assert first > 0
        await whole(set_up)
        assert asked(set_up) == first
        await set_up.gate.change(State.REFUSED)
        await whole(set_up)
        for kindly in (True, False):
            await set_up.program.restart(kindly=kindly)
            await whole(set_up)
        assert asked(set_up) == first


async def prefetching(set_up: Stage) -> asyncio.subprocess.Process:
    """Start the command that fetches the recording."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "proxy", "prefetch"),
        *("--config", str(set_up.program.config), STREAM),
        env=set_up.program.environ,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_it_may_be_killed_while_it_writes(tmp_path: Path) -> None:
    """Again and again; files are always whole, and in the end all exist."""
    folder = tmp_path / "kept" / "resources"

    def count() -> int:
        return len(list(folder.glob("*"))) if folder.exists() else 0

    async with stage(
        tmp_path,
        Container.TS,
        bind=on_loopback,
        more=kept(tmp_path),
        vod_seconds=SECONDS,
        encrypted=frozenset(),
    ) as set_up:
        for _ in range(3):
            process, before = await prefetching(set_up), count()
            while (  # noqa: ASYNC110 - another process
                count() < before + 3 and process.returncode is None
            ):
                await asyncio.sleep(0.001)
            process.kill()
            await process.communicate()
        process = await prefetching(set_up)
        said, errors = await process.communicate()
        assert process.returncode == 0, (said, errors)
        assert b"plays offline" in said
        await set_up.gate.change(State.REFUSED)
        await set_up.program.restart()
        asked_before = asked(set_up)
        await whole(set_up)
        assert asked(set_up) == asked_before
        assert not list(folder.glob("*.part"))


async def test_a_live_stream_is_refused(tmp_path: Path) -> None:
    """In one line, with the exit code of a program that cannot start."""
    async with stage(tmp_path, Container.TS, more=kept(tmp_path)) as set_up:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "proxy", "prefetch"),
            *("--config", str(set_up.program.config), "bearer-live"),
            env=set_up.program.environ,
            cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
    assert process.returncode == 1
    assert (
        said.decode()
        .splitlines()[-1]
        .startswith(
            "hls-auth-proxy: bearer-live is live: only a recording can be fetched ahead"
        )
    )
