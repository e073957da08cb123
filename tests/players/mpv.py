"""mpv without a window, controlled over its own socket."""

import asyncio
import contextlib
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.players.printing import end
from tests.players.screen import FRAMES_PER_SECOND, Seen

PROGRAM = "mpv"
_OPTIONS = (
    *("--no-config", "--vo=null", "--ao=null", "--no-terminal", "--hwdec=no"),
    *("--msg-level=all=warn", "--load-scripts=no"),
)
_TROUBLE = re.compile(r"\[[wef]\]\[(?:ffmpeg|lavf|demux|cplayer|stream)[^]]*\] .*")
# What its FFmpeg reports for every stream that has subtitles.
_WELL_KNOWN = "Can't support the subtitle"
_START_SECONDS = 20.0


class Mpv:
    """One mpv with one stream."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: Path
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._log = log
        self._last = Seen(0.0, 0, 0, 0, -1, ())

    async def seen(self) -> Seen:
        """Return what is seen now or, after the end, what was seen last."""
        try:
            place = float(await self._ask("time-pos") or self._last.time)
            sound = await self._ask("audio-pts")
            height = int(await self._ask("height") or 0)
        except (ConnectionError, EOFError):
            troubles = (*self._troubles(), "it ended")
            return Seen(*self._fields(), troubles)
        # It counts frames by the clock that drives them.
        frames = round(place * FRAMES_PER_SECOND)
        heard = self._last.sound if sound is None else round(float(sound) * 1000)
        self._last = Seen(place, frames, height, heard, -1, self._troubles())
        return self._last

    def _fields(self) -> tuple[float, int, int, int, int]:
        last = self._last
        return last.time, last.frames, last.height, last.sound, last.cues

    async def _ask(self, name: str) -> Any:  # noqa: ANN401 -- JSON
        question = {"command": ["get_property", name], "request_id": 1}
        self._writer.write(json.dumps(question).encode() + b"\n")
        while line := await self._reader.readline():
            said = json.loads(line)
            if said.get("request_id") == 1 and "error" in said:
                return said.get("data")
        raise EOFError

    def _troubles(self) -> tuple[str, ...]:
        if not self._log.exists():
            return ()
        found = _TROUBLE.findall(self._log.read_text("utf-8", "replace"))
        return tuple(each for each in found if _WELL_KNOWN not in each)


@contextlib.asynccontextmanager
async def mpv(url: str) -> AsyncIterator[Mpv]:
    """Play a stream in mpv, while the block lasts."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        socket, log = Path(folder, "socket"), Path(folder, "log")
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, *_OPTIONS, f"--input-ipc-server={socket}"),
            *(f"--log-file={log}", url),
            stdin=asyncio.subprocess.DEVNULL,
            env={**os.environ, "HOME": folder},
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                reader, writer = await _connected(socket)
            try:
                yield Mpv(reader, writer, log)
            finally:
                writer.close()
        finally:
            await end(process)


async def _connected(
    path: Path,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if sys.platform == "win32":
        raise OSError("no local sockets")
    while True:
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            return await asyncio.open_unix_connection(path)
        await asyncio.sleep(0.1)
