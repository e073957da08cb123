"""VLC without a window, controlled over its own HTTP interface."""

import asyncio
import contextlib
import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from tests.players.printing import end
from tests.players.screen import Seen

PROGRAM = "vlc"
# VLC does not run as root; this is `nobody` on Debian and elsewhere.
_NOBODY = 65534
_OPTIONS = ("-I", "http", "--vout", "vdummy", "--aout", "adummy", "--no-color", "-v")
_SIZE = re.compile(r"\d+x(\d+)")
# Faults on the way to a picture. Its own decoders complain at each seek and
# discontinuity of MPEG-TS, with and without the proxy.
_TROUBLE = re.compile(
    r"(http|adaptive|access|hls|stream|tls)\S* .*(error|warning): (.*)"
)
_START_SECONDS = 20.0


class Vlc:
    """One VLC with one stream."""

    def __init__(self, session: aiohttp.ClientSession, log: Path) -> None:
        self._session = session
        self._log = log

    async def seen(self) -> Seen:
        """Return what is seen now."""
        status = await self.ask()
        numbers = status.get("stats") or {}
        tracks = status["information"]["category"].values() if numbers else ()
        return Seen(
            time=status["time"],
            frames=numbers.get("displayedpictures", 0) + numbers.get("lostpictures", 0),
            height=_height(tracks),
            sound=numbers.get("playedabuffers", 0),
            cues=sum(track.get("Type") == "Subtitle" for track in tracks),
            troubles=self._troubles(),
        )

    async def seek(self, seconds: float) -> None:
        """Go to a place in a recording."""
        await self.ask(command="seek", val=str(round(seconds)))

    async def ask(self, **command: str) -> dict[str, Any]:
        """Send a command, or none, and return the status."""
        async with self._session.get("/requests/status.json", params=command) as said:
            said.raise_for_status()
            status: dict[str, Any] = await said.json(content_type=None)
            return status

    def _troubles(self) -> list[str]:
        return [found[3] for found in _TROUBLE.finditer(self._log.read_text("utf-8"))]


@contextlib.asynccontextmanager
async def vlc(url: str, *options: str) -> AsyncIterator[Vlc]:
    """Play a stream in VLC, while the block lasts."""
    program = shutil.which(PROGRAM)
    assert program, "VLC is not installed"
    password, port = secrets.token_hex(8), _free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(program, *_OPTIONS, "--http-host", "127.0.0.1"),
                *("--http-port", str(port), "--http-password", password),
                *(*options, url),
                stdout=output,
                stderr=output,
                **_as_nobody(folder),
            )
        headers = {"Authorization": aiohttp.encode_basic_auth("", password)}
        base = f"http://127.0.0.1:{port}"
        try:
            async with aiohttp.ClientSession(base, headers=headers) as session:
                one = Vlc(session, log)
                await _up(one)
                yield one
        finally:
            await end(process)


def _height(tracks: Any) -> int:  # noqa: ANN401 -- JSON
    sizes = (_SIZE.search(track.get("Video_resolution", "")) for track in tracks)
    return max((int(size[1]) for size in sizes if size), default=0)


def _as_nobody(folder: str) -> Mapping[str, Any]:
    environ = {**os.environ, "HOME": folder}
    if sys.platform == "win32" or os.geteuid():
        return {"env": environ}
    os.chown(folder, _NOBODY, _NOBODY)
    return {"env": environ, "user": _NOBODY, "group": _NOBODY, "extra_groups": ()}


async def _up(one: Vlc) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                await one.ask()
                return
            await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
    return port
