"""The whole program with a test's origin, over sockets."""

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from proxy.app.program import running
from proxy.settings import load
from tests.fake_clock import FakeClock
from tests.streams.origin import Origin, origin
from tests.watchdog import unheld
from tests.web.fakes import Heard, ask

ENTRY = "/lobby/index.m3u8"


@dataclass(frozen=True, slots=True)
class Whole:
    """The program, its origin, and the clock of both."""

    origin: Origin
    port: int
    clock: FakeClock = field(repr=False)

    async def get(
        self, path: str = ENTRY, *, method: str = "GET", **headers: str
    ) -> Heard:
        """Send a request to the program; underscores in header names become dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await ask(self.port, path, named, method=method)

    async def direct(self, path: str, **headers: str) -> Heard:
        """Send a request to the origin itself."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await ask(int(self.origin.url.rpartition(":")[2]), path, named)


@asynccontextmanager
async def whole(
    folder: Path,
    *,
    server: str = "",
    stream: str = "",
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Whole]:
    """Run it with one stream, `lobby`, whose token goes on every request.

    Fails if a request blocks the loop, which the origin and the player share.
    `server` are further lines of `[server]`, `stream` of the stream; `settings` are
    further tables by name.
    """
    async with origin() as one:
        tables = "".join(
            f"[{name}]\n{text}\n" for name, text in (settings or {}).items()
        )
        config = folder / "whole.toml"
        config.write_text(
            f'[server]\nlisten = "127.0.0.1:0"\n{server}\n{tables}'
            f'[streams.lobby]\nurl = "{one.url}/v.m3u8"\nreach = "all"\n'
            'token = { source = "static", value = "CANARY" }\n'
            f'placement = [{{ query = "token" }}]\n{stream}\n'
        )
        clock = FakeClock()
        async with running(
            load(config, environ={}),
            environ={},
            clock=clock,
            rng=random.Random(0),  # noqa: S311 - a jitter, no secret
        ) as program:
            with unheld():
                yield Whole(one, program.addresses[0].port, clock)
