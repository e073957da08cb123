"""Plays over a line: directly, then first and second through the program."""

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.line import hls_js, media
from benchmarks.line.origin import TOKEN, origin
from benchmarks.line.showing import Showing
from benchmarks.rig.certificate import certify
from proxy.clock import Clock
from tests.lines.line import FAR, Line, line
from tests.soak.process import running

Play = Callable[[str, Sequence[str]], Awaitable[Showing]]
"""Plays a URL with a command after the given prefix."""

_SETTLED_SECONDS = 2.0
_CUT_AFTER_SECONDS = 8.0
_SETTINGS = """\
[server]
listen = "127.0.0.1:0"
cors_origins = ["{page}"]

[streams.vod]
url = "{url}"
token = {{ source = "static", value = "{token}" }}
placement = [{{ path_part = 1 }}]
reach = "all"
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of line."""

    name: str
    loss: float = 0.0
    """The share of packets that are lost, each way."""
    entry: str = media.ENTRY
    """What is played."""
    cut_seconds: float = 0.0
    """For how long it is cut in the middle."""


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one run."""

    direct: Showing
    first: Showing
    second: Showing


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played, and with what."""

    files: Mapping[str, bytes]
    folder: Path
    """For the certificate, the configuration and the log."""
    clock: Clock

    async def run(self, kind: Kind, play: Play, number: int) -> Run:
        """Play once each way; the number decides which packets are lost.

        A line that is cut is cut for the first viewer only. Raises StartError if a line
        cannot be made, or not all was played.
        """
        async with self._far(kind, number) as (one, url), self._cut(kind, one):
            direct = await play(url.format(token=TOKEN), one.near.prefix)
        async with self._far(kind, number) as (one, url):
            config = self.folder / "line.toml"
            config.write_text(
                _SETTINGS.format(page=hls_js.ORIGIN, url=_without(url), token=TOKEN)
            )
            log = self.folder / "proxy.log"
            async with running(config, log, prefix=one.near.prefix) as proxy:
                await self.clock.sleep(_SETTLED_SECONDS)
                local = f"{proxy.base_url}/vod/index.m3u8"
                async with self._cut(kind, one):
                    first = await play(local, one.near.prefix)
                second = await play(local, one.near.prefix)
        return Run(direct, first, second)

    @contextlib.asynccontextmanager
    async def _far(self, kind: Kind, number: int) -> AsyncIterator[tuple[Line, str]]:
        """Make a line with the origin at its far end; yield its URL too."""
        certificate = self.folder / "certificate.pem"
        if not certificate.exists():
            certify(certificate, FAR)
        # The program trusts what OpenSSL trusts.
        os.environ["SSL_CERT_FILE"] = str(certificate)
        rng = random.Random(number)  # noqa: S311 - the same losses in every run
        async with line(rng) as one, origin(one, self.files, certificate) as url:
            for wire in one.wires:
                wire.loss = kind.loss
            yield one, f"{url}/{kind.entry}"

    @contextlib.asynccontextmanager
    async def _cut(self, kind: Kind, one: Line) -> AsyncIterator[None]:
        """Cut the line for a while, if that is its kind, while the block plays."""

        async def cut() -> None:
            await self.clock.sleep(_CUT_AFTER_SECONDS)
            one.cut()
            await self.clock.sleep(kind.cut_seconds)
            one.mend()

        if not kind.cut_seconds:
            yield
            return
        task = asyncio.create_task(cut(), name="cuts the line")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            one.mend()


def _without(url: str) -> str:
    return url.format(token="none")  # noqa: S106 - in place of one
