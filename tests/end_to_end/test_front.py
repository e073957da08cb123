"""Caddy before the program, with the documented Caddyfile: HTTP/2, unbuffered.

Skipped only if there is no `caddy`; `apt-get install caddy` installs it.
"""

import asyncio
import os
import random
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.settings import load
from tests.end_to_end.http2 import Exchange, Player, player
from tests.end_to_end.test_streaming import (
    FIRST,
    OPEN_RANGE,
    SECOND,
    Packager,
    packager,
)
from tests.watchdog import unheld

CADDY = shutil.which("caddy") or ""
CADDYFILE = Path(__file__).parents[2] / "config" / "deploy" / "Caddyfile"
PATIENCE = 10.0
ENTRY = "/lobby/index.m3u8"
# A browser has six connections to an origin over HTTP/1.1.
MORE_THAN_A_BROWSER_HAS = 12

pytestmark = pytest.mark.skipif(not CADDY, reason="caddy is not installed")


@dataclass(frozen=True, slots=True)
class Front:
    """The origin, Caddy and a player."""

    packager: Packager
    player: Player


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@asynccontextmanager
async def caddy(*, front: int, proxy: int, home: Path) -> AsyncIterator[Path]:
    """Run Caddy; yield the root certificate of its own authority."""
    process = await asyncio.create_subprocess_exec(
        *(CADDY, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"),
        env={
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "HLS_FRONT": f"localhost:{front}",
            "HLS_TLS": "internal",
            "HLS_PROXY": f"127.0.0.1:{proxy}",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    said = process.stderr
    assert said is not None
    try:
        async with asyncio.timeout(PATIENCE):
            # Certificates are made in the background; the last log line is about ours.
            while b"certificate obtained successfully" not in (
                line := await said.readline()
            ):
                assert line, "caddy ended"
        reading = asyncio.create_task(said.read(), name="what caddy says")
        yield home / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        process.terminate()
        await reading
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    """Put Caddy before the program, and the program before a packager."""
    port = free_port()
    config = tmp_path / "config.toml"
    async with packager() as one:
        config.write_text(
            "[server]\n"
            'listen = "127.0.0.1:0"\n'
            f'hosts = ["localhost:{port}"]\n'
            f'public_url = "https://localhost:{port}"\n'
            f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\n'
        )
        async with (
            running(
                load(config, environ={}),
                environ={},
                clock=SystemClock(),
                rng=random.Random(0),  # noqa: S311 -- no secret
            ) as program,
            caddy(
                front=port,
                proxy=int(program.base_url.rpartition(":")[2]),
                home=tmp_path,
            ) as root,
            player(port, ssl.create_default_context(cafile=str(root))) as over_http2,
        ):
            with unheld():
                yield Front(one, over_http2)


async def test_waiting_requests_leave_room_for_others(front: Front) -> None:
    """More reloads wait on one connection than HTTP/1.1 would allow in total."""
    player, one = front.player, front.packager
    plain = await _whole(player.get(ENTRY))
    blocked = [
        player.get(f"{ENTRY}?_HLS_msn=2&_HLS_part={part}")
        for part in range(MORE_THAN_A_BROWSER_HAS)
    ]
    await asyncio.wait_for(one.reached.wait(), PATIENCE)
    between = await _whole(player.get(ENTRY))
    assert not any(reload.headers for reload in blocked)

    one.goes_on.set()
    assert [await _whole(reload) for reload in blocked] == [
        plain for _ in range(MORE_THAN_A_BROWSER_HAS)
    ]
    assert between == plain
    assert {reload.status for reload in blocked} == {200}
    assert {reload.headers["age"] for reload in blocked} == {"3"}


async def test_a_part_in_progress_passes_unbuffered(front: Front) -> None:
    """The player has its first bytes before the others exist."""
    player, one = front.player, front.packager
    await _whole(player.get(ENTRY))
    part = player.get("/lobby/main/2.mp4", {"range": OPEN_RANGE})

    early = await asyncio.wait_for(part.received(len(FIRST)), PATIENCE)
    assert not one.goes_on.is_set()
    one.goes_on.set()

    assert early == FIRST
    assert await _whole(part) == FIRST + SECOND
    assert part.status == 206
    assert one.asked[-1] == ("/2.mp4", OPEN_RANGE)


async def test_a_player_that_leaves_the_front_leaves_the_upstream(front: Front) -> None:
    """A request that a player cancels is cancelled all the way."""
    player, one = front.player, front.packager
    await _whole(player.get(ENTRY))
    waiting = player.get(f"{ENTRY}?_HLS_msn=2")
    await asyncio.wait_for(one.reached.wait(), PATIENCE)
    player.leave(waiting)

    await asyncio.wait_for(one.left.wait(), PATIENCE)


async def _whole(exchange: Exchange) -> bytes:
    return await asyncio.wait_for(exchange.whole(), PATIENCE)
