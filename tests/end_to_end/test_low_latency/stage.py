"""The program before the demo's origin, with a clock that the test moves.

DemoOrigin and program share that clock; the sockets are real.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import aiohttp
from yarl import URL

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.demo import origin_server
from proxy.demo.keys import generate
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.show import PROFILE
from proxy.settings import load
from tests.fake_clock import FakeClock
from tests.watchdog import unheld

T = TypeVar("T")

# Their tokens are on every request.
EVERYWHERE = ["ll-bearer", "ll-cloudflare"]
MANY = 50
PAIR = generate()


@dataclass(frozen=True, slots=True)
class Heard:
    """What a player received."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body of a playlist."""
        return self.body.decode()


@dataclass(slots=True)
class Stage:
    """The program before the demo's origin, and players."""

    origin: DemoOrigin
    program: Running
    clock: FakeClock
    players: aiohttp.ClientSession

    async def get(self, url: str) -> Heard:
        """Get the whole answer."""
        async with self.players.get(url) as response:
            fields = dict(response.headers)
            return Heard(response.status, fields, await response.read())

    async def playlists(self, stream: str) -> list[str]:
        """Return the URLs that the entry lists: two videos, and sound."""
        entry = f"{self.program.base_url}/{stream}/index.m3u8"
        heard = await self.get(entry)
        assert heard.status == 200
        found = re.findall(r'(?:^|URI=")([\w/.-]+\.m3u8)', heard.text, re.MULTILINE)
        return [joined(entry, reference) for reference in found]

    async def until(self, *waiting: Coroutine[object, object, T]) -> list[T]:
        """Return the results, and let time pass until they are there."""
        task = asyncio.gather(*waiting)
        while not task.done():
            await self.pass_by(0.1)
        return await task

    async def pass_by(self, seconds: float) -> None:
        """Let this much time pass, and let sent data arrive."""
        await self.clock.advance(seconds)
        await asyncio.sleep(0.01)

    def asked(self, stream: str) -> int:
        """Return how many requests the origin has answered for a stream."""
        return self.origin.record().stream(stream).requests


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    lifetime: int = 5,
    child_seconds: float = 20.0,
    stall_after: float | None = None,
) -> AsyncIterator[Stage]:
    """Set up the stage with the demo's own profile."""
    clock, rng = FakeClock(), random.Random(0)  # noqa: S311 -- no secret
    settings = OriginSettings(
        PAIR.public_pem, child_seconds=child_seconds, stall_after=stall_after
    )
    async with origin_server.running(settings, clock=clock, rng=rng) as origin:
        profile = PROFILE.read_text()
        for there, here in (
            ("http://127.0.0.1:8081", origin.front_url),
            ("http://127.0.0.1:8082", origin.edge_url),
            ("127.0.0.1:8080", "127.0.0.1:0"),
            ("lifetime = 5", f"lifetime = {lifetime}"),
        ):
            assert there in profile
            profile = profile.replace(there, here)
        config = folder / "stage.toml"
        config.write_text(profile)
        environ = {"DEMO_SIGNING_KEY": PAIR.private_pem}
        async with (
            running(
                load(config, environ=environ),
                environ=environ,
                clock=clock,
                rng=rng,
            ) as program,
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=30),
            ) as players,
        ):
            with unheld():
                yield Stage(origin, program, clock, players)


def joined(url: str, reference: str) -> str:
    """Return the URL of a reference in a playlist."""
    return str(URL(url).join(URL(reference)))


def next_segment(playlist: str) -> int:
    """Return the media sequence number of the first incomplete segment."""
    first = re.search(r"MEDIA-SEQUENCE:(\d+)", playlist)
    assert first
    skipped = re.search(r"SKIPPED-SEGMENTS=(\d+)", playlist)
    listed = playlist.count("#EXTINF") + int(skipped[1] if skipped else 0)
    return int(first[1]) + listed
