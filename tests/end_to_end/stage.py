"""The demo's origin, the program as a process, and a tap before it.

Tokens live for 5 seconds and signed children for 8, so that nothing plays for long
without being refreshed and resolved again.
"""

import asyncio
import os
import random
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from proxy.clock import SystemClock
from proxy.demo import origin_server
from proxy.demo.keys import KeyPair, generate, sign, subject_claims
from proxy.demo.media import Container
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.show import PROFILE
from tests import watchdog
from tests.end_to_end.tap import Tap, tap
from tests.lines.gate import Bind, Gate, gate

ROOT = Path(__file__).parents[2]
CHILD_SECONDS = 8.0
VOD_SECONDS = 120.0
_STREAM = re.compile(rb"http://127\.0\.0\.1:(\d+)/")
_RELOADS = re.compile(r"^hls_auth_proxy_config_reloads_total\{.*\} (\S+)", re.MULTILINE)
# Eight at a time on a busy machine.
_START_SECONDS = 60.0
_LONG_SECONDS = 3600.0
# As systemd does it: the program finds the socket as its first file after the three
# that every process has, and its own id in the environment.
_HAND_OVER = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@" 3<&0 0</dev/null'


@dataclass(slots=True)
class Program:
    """`hls-auth-proxy run` as a process of its own."""

    config: Path
    environ: dict[str, str] = field(repr=False)
    _: KW_ONLY
    prefix: Sequence[str] = ()
    """The words before its command."""
    supervised: socket.socket | None = None
    """Handed over at each start: connections between two runs are not refused."""
    port: int = 0
    since: float = 0.0
    """When it was last started, in monotonic seconds."""
    log: list[bytes] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it, and wait until it has logged where it listens."""
        watched = [sys.executable, "-m", watchdog.__name__]
        command = [*watched, "run", "--config", str(self.config)]
        if self.supervised:
            command = ["sh", "-c", _HAND_OVER, "sh", *command]
        self._process = await asyncio.create_subprocess_exec(
            *self.prefix,
            *command,
            env={**self.environ, watchdog.FILE: str(self._held)},
            cwd=ROOT,
            stdin=self.supervised.fileno() if self.supervised else None,
            stderr=asyncio.subprocess.PIPE,
        )
        lines = self._process.stderr
        assert lines is not None
        try:
            async with asyncio.timeout(_START_SECONDS):
                first = b""
                while b'"event":"listening"' not in first:
                    first = await lines.readline()
                    assert first, "it ended"
        except TimeoutError:
            self._process.kill()
            raise
        said = _STREAM.search(first)
        assert said, first + await lines.read()
        self.port, self.since = int(said[1]), time.monotonic()
        self._reader = asyncio.create_task(self._read(lines))

    @property
    def held(self) -> list[watchdog.Held]:
        """What blocked its event loop for long since it was started."""
        return watchdog.held_by(self._held, since=self.since)

    @property
    def _held(self) -> Path:
        return self.config.with_suffix(".held")

    async def restart(self, *, kindly: bool = False) -> None:
        """Kill it, or tell it to stop, and start it again on the same port."""
        if kindly:
            assert await self.stop() == 0
        else:
            await self.kill()
        profile = self.config.read_text()
        stay = f'listen = "127.0.0.1:{self.port}"'
        self.config.write_text(profile.replace('listen = "127.0.0.1:0"', stay))
        await self.start()

    async def reload(self, text: str) -> None:
        """Replace the configuration, and wait until it was read."""
        before = await self._reloads()
        following = self.config.with_suffix(".new")
        following.write_text(text)
        following.replace(self.config)
        async with asyncio.timeout(_START_SECONDS):
            while await self._reloads() == before:  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.1)

    async def _reloads(self) -> float:
        page = f"http://127.0.0.1:{self.port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(page) as answer:
            found = _RELOADS.findall(await answer.text())
        return sum(map(float, found))

    async def stop(self) -> int:
        """Tell it to stop and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self._ended()

    async def kill(self) -> None:
        """Kill it without notice, in the middle of its work."""
        assert self._process is not None
        self._process.kill()
        await self._ended()

    async def _ended(self) -> int:
        assert self._process is not None
        assert self._reader is not None
        code = await self._process.wait()
        await self._reader
        return code

    async def _read(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            self.log.append(line)


@dataclass(slots=True)
class Stage:
    """The origin, the program and the tap."""

    origin: DemoOrigin
    program: Program
    _: KW_ONLY
    tap: Tap
    pair: KeyPair
    opened: Gate | None = None

    @property
    def gate(self) -> Gate:
        """Return the gate before the origin, on a stage that has one."""
        assert self.opened
        return self.opened

    def url(self, stream: str) -> str:
        """Return the plain local URL of a stream, by way of the tap."""
        return f"http://127.0.0.1:{self.tap.port}/{stream}/index.m3u8"

    def untapped(self, stream: str) -> str:
        """Return the plain local URL of a stream, past the tap."""
        return f"http://127.0.0.1:{self.program.port}/{stream}/index.m3u8"

    def bearer(self, playback_id: str) -> str:
        """Return an `Authorization` for the upstream that outlives the play."""
        expires_at = time.time() + _LONG_SECONDS
        token = sign(self.pair, subject_claims(playback_id), expires_at=expires_at)
        return f"Bearer {token}"

    def direct(self, playback_id: str) -> str:
        """Return the origin's own URL of a stream that requires a bearer token."""
        return f"{self.origin.front_url}/bearer/{playback_id}/index.m3u8"

    @property
    def secrets(self) -> list[bytes]:
        """Texts that no player, header, playlist or log may contain."""
        hosts = [url.removeprefix("http://") for url in self._upstreams]
        # The head of every JWT, the placements, a platform's signature and its query.
        texts = ["eyJhbGciOi", "token=", "Bearer", "signature=", "cdn=cloudflare"]
        return [text.encode() for text in [*hosts, *texts]]

    @property
    def _upstreams(self) -> tuple[str, str]:
        return self.origin.front_url, self.origin.edge_url


@asynccontextmanager
async def stage(
    folder: Path,
    container: Container,
    *,
    page_origin: str = "",
    supervised: bool = False,
    bind: Bind | None = None,
    prefix: Sequence[str] = (),
    more: str = "",
    **changes: Any,  # noqa: ANN401 -- fields of OriginSettings
) -> AsyncIterator[Stage]:
    """Set up a stage; `container` is for the live streams that have a choice.

    Pages of `page_origin` may play. `supervised`: the program's socket outlives it.
    `bind` puts a gate before the origin's front: all requests for the streams with a
    bearer token pass it, and no others. `prefix` comes before the program's command.
    `more` is added to the profile: streams of other origins. `changes` apply to the
    settings of the demo's origin.
    """
    pair = generate()
    settings = OriginSettings(
        pair.public_pem,
        child_seconds=CHILD_SECONDS,
        vod_seconds=VOD_SECONDS,
        live_container=container,
    )
    settings = replace(settings, **changes)
    rng = random.Random(0)  # noqa: S311 - the origin's jitter, no secret
    ours = socket.create_server(("127.0.0.1", 0)) if supervised else nullcontext()
    with ours as handed:
        async with (
            origin_server.running(settings, clock=SystemClock(), rng=rng) as origin,
            tap() as tapped,
            AsyncExitStack() as stack,
        ):
            profile = _profile(origin, tapped, page_origin, handed)
            opened = None
            if bind:
                port = urlsplit(origin.front_url).port or 0
                opened = await stack.enter_async_context(gate(bind, port))
                profile = profile.replace(origin.front_url, opened.url)
            config = folder / "stage.toml"
            config.write_text(profile + more)
            environ = {**os.environ, "DEMO_SIGNING_KEY": pair.private_pem}
            program = Program(config, environ, prefix=prefix, supervised=handed)
            await program.start()
            tapped.to(program.port)
            try:
                yield Stage(origin, program, tap=tapped, pair=pair, opened=opened)
            finally:
                assert await program.stop() == 0
            assert not program.held


def _profile(
    origin: DemoOrigin, tapped: Tap, page_origin: str, handed: socket.socket | None
) -> str:
    """Return the demo's own profile, with the ports of this stage."""
    profile = PROFILE.read_text()
    port = handed.getsockname()[1] if handed else 0
    for there, here in (
        ("http://127.0.0.1:8081", origin.front_url),
        ("http://127.0.0.1:8082", origin.edge_url),
        (
            'listen = "127.0.0.1:8080"',
            f'listen = "127.0.0.1:{port}"\nhosts = ["127.0.0.1:{tapped.port}"]'
            + (f'\ncors_origins = ["{page_origin}"]' if page_origin else ""),
        ),
    ):
        assert there in profile
        profile = profile.replace(there, here)
    return profile + '\n[log]\nlevel = "debug"\n'
