"""A machine with a disk, and an origin that serves a recording to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from proxy.errors import StatusError, UnreachableError
from proxy.store.disk import DiskStore
from proxy.store.memory import MemoryStore
from proxy.store.store import TieredStore
from proxy.streams.playlist_store import PlaylistStore
from tests.fake_clock import FakeClock
from tests.streams.built import Built, ask, built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD, MIB

KEPT = 1 << 20
DAY = 86_400.0
WEEK = 7 * DAY
LADDER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlow.m3u8\n"
VOD = (
    f'{HEAD}#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\ns1.mp4\n#EXTINF:4,\ns2.mp4\n'
    "#EXT-X-ENDLIST\n"
)
FILES = {"init.mp4": b"\0init", "s1.mp4": b"\0one" * 100, "s2.mp4": b"\0two" * 100}


@dataclass
class Machine:
    """A machine with a disk; the program is started on it repeatedly."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    offline_seconds: float = WEEK
    trusted: bool = False

    @asynccontextmanager
    async def program(self, url: str, **more: Any) -> AsyncIterator[Built]:  # noqa: ANN401
        """Run the program; only the disk outlives it."""
        disk = DiskStore(
            self.folder,
            64 * MIB,
            most_waiting_bytes=16 * MIB,
            clock=self.clock,
            report=pytest.fail,
        )
        memory = MemoryStore(64 * MIB, largest_bytes=16 * MIB, most_files=100)
        store = TieredStore(memory, disk)
        kept = PlaylistStore(
            disk.documents, offline_seconds=self.offline_seconds, clock=self.clock
        )
        async with built(
            url,
            store=store,
            kept=kept,
            clock=self.clock,
            trusted=self.trusted,
            snapshot_bytes=KEPT,
            **more,
        ) as one:
            yield one
            await store.copied()
        await kept.close()
        await store.close()


def serving(
    one: Origin, ladder: str = LADDER, vod: str = VOD, control: str = ""
) -> str:
    """Let an origin serve the recording; return the URL of its entry."""
    for path, text in (("/v.m3u8", ladder), ("/low.m3u8", vod)):
        if control:
            one.says(path, text, Cache_Control=control)
        else:
            one.says(path, text)
    for name, data in FILES.items():
        one.says(f"/{name}", data)
    return f"{one.url}/v.m3u8"


async def plays(one: Built) -> None:
    """Require that the whole recording plays."""
    rendition = (await one.playlist()).splitlines()[-1]
    text = await one.playlist(rendition)
    assert "#EXT-X-ENDLIST" in text
    folder = rendition.rpartition("/")[0]
    for name, data in FILES.items():
        assert await one.media(f"{folder}/{name}") == (200, data)


async def plays_nothing(one: Built, rendition: str) -> None:
    """Require that each name gives an error."""
    folder = rendition.rpartition("/")[0]
    for path in ("index.m3u8", rendition, *(f"{folder}/{name}" for name in FILES)):
        with pytest.raises((UnreachableError, StatusError)):
            await one.patiently(one.stream.open(path, ask()))


def files(machine: Machine) -> list[Path]:
    """Return the files on the disk."""
    return [path for path in machine.folder.rglob("*") if path.is_file()]
