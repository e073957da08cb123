"""The whole program before an emulated platform, with a clock that both share.

The configuration is an unchanged profile of `config/`. Addresses and the lifetime of
tokens must differ here, so environment variables override them.
"""

import asyncio
import contextlib
import random
import re
import tomllib
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from string import Template
from typing import Any

import aiohttp

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.settings import Settings, load
from proxy.settings.providers import completed
from tests.fake_clock import FakeClock
from tests.providers.emulation.server import Emulation

CONFIG = Path(__file__).parents[3] / "config"
_ORIGIN = re.compile(r"^https?://[^/]+")
# How long an answer may take, in real seconds, before the clock is moved for it: a
# request that waits for time to pass would otherwise wait forever.
_PATIENCE_SECONDS = 3.0
_STEP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Got:
    """What the player got."""

    status: int
    body: bytes = field(repr=False)
    headers: str = field(repr=False)
    """All headers, as one text."""


@dataclass(slots=True)
class Stage:
    """The program, the platform and their clock."""

    emulation: Emulation
    clock: FakeClock
    _: KW_ONLY
    local: str
    """The path of the stream below the program."""
    settings: Settings
    environ: Mapping[str, str] = field(repr=False)
    got: list[Got] = field(default_factory=list)
    """Everything that the player ever got."""
    _session: aiohttp.ClientSession | None = None
    _stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _program: Running | None = None

    @property
    def base_url(self) -> str:
        """Where the program listens; it changes with each start."""
        assert self._program is not None
        return self._program.base_url

    async def start(self) -> None:
        """Start the program."""
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession())
        self._program = await self._stack.enter_async_context(
            running(
                self.settings,
                environ=self.environ,
                clock=self.clock,
                rng=random.Random(0),  # noqa: S311 - a jitter, no secret
            )
        )

    async def stop(self) -> None:
        """Stop the program, which forgets everything."""
        await self._stack.aclose()
        self._program = None

    async def get(self, path: str, *, patience: float = _PATIENCE_SECONDS) -> Got:
        """Get a local path, and let time pass if the answer needs it.

        A smaller `patience` is for answers that are known to need it.
        """
        task = asyncio.create_task(self._get(f"{self.base_url}{path}"))
        done, _ = await asyncio.wait({task}, timeout=patience)
        while not done:
            await self.clock.advance(_STEP_SECONDS)
            done, _ = await asyncio.wait({task}, timeout=0.02)
        return task.result()

    async def _get(self, url: str) -> Got:
        assert self._session is not None
        async with self._session.get(url, allow_redirects=False) as answer:
            headers = "\n".join(f"{n}: {v}" for n, v in answer.headers.items())
            got = Got(answer.status, await answer.read(), headers)
            self.got.append(got)
            return got


def profiled(profile: str, stream: str) -> Mapping[str, Any]:
    """Return the settings of a profile's stream, with its provider's defaults."""
    table = tomllib.loads((CONFIG / f"{profile}.toml").read_text("utf-8"))
    full = completed(table["streams"][stream])
    assert isinstance(full, dict)
    return full


@dataclass(frozen=True, slots=True)
class Cast:
    """Which stream of which profile plays, and what is different here."""

    profile: str
    stream: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The contents of the secret files and of the variables that it names."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Settings of the stream, by key: `token__lifetime`.

    `$home` is the URL of a host; `$origins` are all of them, for a list.
    """


def _environ(cast: Cast, emulation: Emulation) -> dict[str, str]:
    table = profiled(cast.profile, cast.stream)
    bases = emulation.bases
    local = {"url": _ORIGIN.sub(bases["home"], table["url"])}
    if "api" in bases:
        for key, url in _urls(table.get("token", {}), "token"):
            local[key] = _ORIGIN.sub(bases["api"], url)
    others = [f'"{bases[host]}"' for host in emulation.platform.hosts if host != "home"]
    if others and not table.get("reach_origins"):
        local["origins"] = f"[{', '.join(others)}]"
    prefix = f"HLS_AUTH_PROXY_STREAMS__{cast.stream.upper().replace('-', '_')}__"
    known = {**bases, "origins": ", ".join(f'"{base}"' for base in bases.values())}
    overrides = {
        key: Template(value).safe_substitute(known)
        for key, value in cast.overrides.items()
    }
    said = {f"{prefix}{key.upper()}": v for key, v in {**local, **overrides}.items()}
    return {**said, "HLS_AUTH_PROXY_SERVER__LISTEN": "127.0.0.1:0"}


def _urls(table: Mapping[str, Any], key: str) -> Iterator[tuple[str, str]]:
    """Yield the URLs of token services, with their keys."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _urls(value, f"{key}__{name}")
        elif name.endswith("url"):
            yield f"{key}__{name}", value


def _loaded(cast: Cast, emulation: Emulation, folder: Path) -> tuple[Settings, Any]:
    text = (CONFIG / f"{cast.profile}.toml").read_text("utf-8")
    path = folder / "config.toml"
    path.write_text(text)
    environ = _environ(cast, emulation)
    for name, content in cast.secrets.items():
        if name.isupper():
            environ[name] = content
        else:
            (folder / name).touch(mode=0o600)
            (folder / name).write_text(content)
    settings = load(path, environ=environ)
    only = {cast.stream: settings.streams[cast.stream]}
    return settings.model_copy(update={"streams": only}), environ


@contextlib.asynccontextmanager
async def staged(
    cast: Cast,
    emulation: Emulation,
    clock: FakeClock,
    folder: Path,
    *,
    member: str = "",
) -> AsyncIterator[Stage]:
    """Run the program on a profile, before the platform; `member` is a family's id."""
    settings, environ = _loaded(cast, emulation, folder)
    local = f"{cast.stream}/{member}" if member else cast.stream
    stage = Stage(emulation, clock, local=local, settings=settings, environ=environ)
    await stage.start()
    try:
        yield stage
    finally:
        await stage.stop()
