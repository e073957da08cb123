"""A running program whose configuration changes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.settings import load
from tests.contract.test_reloads.scene import Run, Scene


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return what runs the program with a configuration file."""

    @asynccontextmanager
    async def started(text: str) -> AsyncIterator[Scene]:
        scene = Scene(tmp_path / "config.toml")
        scene.put(text)
        async with (
            running(
                load(scene.path, environ={}),
                environ={},
                clock=SystemClock(),
                rng=random.Random(0),  # noqa: S311 - a jitter, no secret
                config=scene.path,
                changed=scene.changed.append,
            ) as scene.program,
            aiohttp.ClientSession() as scene.session,
        ):
            await asyncio.sleep(0.3)  # the watch has begun
            yield scene

    return started
