"""Settings as users write them, and the program that runs with them."""

import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.app.trial import Trials
from proxy.events.event import Event
from proxy.events.refresh import Refresh
from proxy.settings import Settings, load
from proxy.settings.values.surroundings import untried
from tests.fake_clock import FakeClock

Run = Callable[[str], AbstractAsyncContextManager[Running]]


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves when a test says so."""
    return FakeClock()


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that loads a configuration from text and tries no keys."""
    return partial(_loaded, tmp_path, tried=False)


@pytest.fixture
def tried(tmp_path: Path) -> Callable[..., Settings]:
    """Return a function that loads a configuration as the program does."""
    return partial(_loaded, tmp_path, tried=True)


def _loaded(
    folder: Path, text: str, environ: Mapping[str, str] | None = None, *, tried: bool
) -> Settings:
    path, environ = folder / "config.toml", environ or {}
    path.write_text(text)
    rng = random.Random(0)  # noqa: S311 - no secret
    trial = Trials(environ=environ, clock=FakeClock(), rng=rng) if tried else untried
    return load(path, environ=environ, trial=trial)


@pytest.fixture
def refreshes() -> list[Refresh]:
    """Return the refreshes that the program reports."""
    return []


@pytest.fixture
def run(
    loaded: Callable[..., Settings], refreshes: list[Refresh], clock: FakeClock
) -> Run:
    """Return a function that runs the program with a configuration, on a free port."""

    def watch(event: Event) -> None:
        if isinstance(event, Refresh):
            refreshes.append(event)

    @asynccontextmanager
    async def started(text: str) -> AsyncIterator[Running]:
        listen = "" if "listen" in text else 'listen = "127.0.0.1:0"\n'
        settings = loaded(f"[server]\n{listen}{text}")
        async with running(
            settings,
            environ={},
            clock=clock,
            rng=random.Random(0),  # noqa: S311 - a jitter, no secret
            watch=[watch],
        ) as program:
            yield program

    return started
