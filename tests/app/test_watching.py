"""Watches files, and reports when one of them has changed."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from proxy.app.watching import MOST_SECONDS, POLL_SECONDS, Watcher
from proxy.clock import SystemClock
from tests.fake_clock import FakeClock

PATIENCE = 10.0


class Scene:
    """The watched files, and how often a change was reported."""

    def __init__(self, *files: Path) -> None:
        self.files = list(files)
        self.changes = 0
        self.content = ""

    async def changed(self) -> None:
        """Count, and read the first file."""
        self.changes += 1
        self.content = self.files[0].read_text()

    async def reads(self, content: str) -> None:
        """Wait until a change is reported and this is read."""
        async with asyncio.timeout(PATIENCE):
            while self.content != content:  # noqa: ASYNC110 - the system tells
                await asyncio.sleep(0.02)


@asynccontextmanager
async def watched(scene: Scene) -> AsyncIterator[Watcher]:
    """Watch real files."""
    watcher = Watcher(lambda: scene.files, scene.changed, clock=SystemClock())
    task = asyncio.create_task(watcher.run())
    await asyncio.sleep(0.5)  # the system's watch has begun
    try:
        yield watcher
    finally:
        task.cancel()
        await asyncio.wait({task})
        await asyncio.sleep(0.3)


def written(path: Path, text: str) -> None:
    """Write in place, in pieces, as `>` does."""
    with path.open("w") as file:
        for letter in text:
            file.write(letter)
            file.flush()


def renamed(path: Path, text: str) -> None:
    """Replace the file by another, as most tools do."""
    following = path.with_suffix(".tmp")
    following.write_text(text)
    following.replace(path)


def edited(path: Path, text: str) -> None:
    """Move the old file away first, as Vim does with a backup."""
    path.replace(path.with_name(f"{path.name}~"))
    path.write_text(text)
    path.with_name(f"{path.name}~").unlink()


@pytest.mark.parametrize("put", [written, renamed, edited])
async def test_a_changed_file_is_reported_once(
    tmp_path: Path, put: Callable[[Path, str], None]
) -> None:
    """However it was written, and when it is complete."""
    path = tmp_path / "config.toml"
    path.write_text("one")
    scene = Scene(path)
    async with watched(scene):
        put(path, "two")
        await scene.reads("two")
        (tmp_path / "beside").write_text("of no interest")
        await asyncio.sleep(0.6)
        assert scene.changes == 1
        put(path, "three")
        await scene.reads("three")
        assert scene.changes == 2


async def test_kubernetes_swaps_a_link_above_the_file(tmp_path: Path) -> None:
    """`config.toml -> ..data/config.toml`, `..data -> ..2026_1`, which is replaced."""
    mount = tmp_path / "mount"
    for version in ("1", "2"):
        (mount / f"..{version}").mkdir(parents=True)
        (mount / f"..{version}" / "config.toml").write_text(version)
    (mount / "..data").symlink_to("..1")
    path = mount / "config.toml"
    path.symlink_to("..data/config.toml")
    scene = Scene(path)
    async with watched(scene):
        (mount / "..data_tmp").symlink_to("..2")
        (mount / "..data_tmp").replace(mount / "..data")
        await scene.reads("2")
        assert scene.changes == 1


async def test_a_link_in_another_folder_is_followed(tmp_path: Path) -> None:
    """`/etc/x/key -> /keys/current/key`, `current -> v1`, which is replaced."""
    for version in ("v1", "v2"):
        (tmp_path / "keys" / version).mkdir(parents=True)
        (tmp_path / "keys" / version / "key").write_text(version)
    current = tmp_path / "keys" / "current"
    current.symlink_to("v1")
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc" / "key"
    path.symlink_to(current / "key")
    scene = Scene(path)
    async with watched(scene):
        following = tmp_path / "keys" / "next"
        following.symlink_to("v2")
        following.replace(current)
        await scene.reads("v2")
        # The new target is watched too, and so are files added later.
        (tmp_path / "keys" / "v2" / "key").write_text("other")
        await scene.reads("other")


async def test_circular_links_are_ignored(tmp_path: Path) -> None:
    """Other files are watched as usual."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    scene = Scene(tmp_path / "config.toml", one)
    scene.files[0].write_text("one")
    async with watched(scene):
        renamed(scene.files[0], "two")
        await scene.reads("two")


async def no_events(_: frozenset[Path]) -> AsyncIterator[object]:
    """Report nothing, as a network folder does."""
    await asyncio.Event().wait()
    yield None


async def broken(_: frozenset[Path]) -> AsyncIterator[object]:
    """Fail, as if the system had no more watches."""
    raise OSError(28, "No space left on device")
    yield None


class Bursts:
    """Events when a test says so."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def __call__(self, _: frozenset[Path]) -> AsyncIterator[object]:
        """Yield whenever the test says so."""
        while True:
            await self.event.wait()
            self.event.clear()
            yield None


async def steps(clock: FakeClock, seconds: float) -> None:
    """Advance the clock, and give threads time."""
    await asyncio.sleep(0.05)
    await clock.advance(seconds)
    await asyncio.sleep(0.05)


@pytest.mark.parametrize("events", [no_events, broken])
async def test_files_are_polled_if_the_system_reports_nothing(
    tmp_path: Path, events: Callable[[frozenset[Path]], AsyncIterator[object]]
) -> None:
    """Every few seconds; a failure of the system is logged once."""
    path, clock = tmp_path / "config.toml", FakeClock()
    path.write_text("one")
    scene = Scene(path)
    watcher = Watcher(lambda: scene.files, scene.changed, clock=clock, events=events)
    with capture_logs() as logged:
        task = asyncio.create_task(watcher.run())
        await steps(clock, 0)
        renamed(path, "two")
        await steps(clock, POLL_SECONDS - 1)
        assert scene.changes == 0
        await steps(clock, 1.1)
        assert (scene.changes, scene.content) == (1, "two")
        await steps(clock, 2 * POLL_SECONDS)
        task.cancel()
        await asyncio.wait({task})
    assert scene.changes == 1
    told = [line["event"] for line in logged]
    assert told == (["files are not watched"] if events is broken else [])


async def test_a_file_that_keeps_changing_is_not_awaited_forever(
    tmp_path: Path,
) -> None:
    """It waits for a quiet moment, but at most two seconds."""
    path, clock, bursts = tmp_path / "config.toml", FakeClock(), Bursts()
    path.write_text("0")
    scene = Scene(path)
    watcher = Watcher(lambda: scene.files, scene.changed, clock=clock, events=bursts)
    task = asyncio.create_task(watcher.run())
    await steps(clock, 0)
    at = list[float]()
    for number in range(16):
        renamed(path, str(number + 1))
        bursts.event.set()
        await steps(clock, 0.2)
        if scene.changes > len(at):
            at.append(0.2 * (number + 1))
    task.cancel()
    await asyncio.wait({task})
    assert at[0] == pytest.approx(MOST_SECONDS, abs=0.25)


async def test_the_set_of_watched_files_may_change(tmp_path: Path) -> None:
    """New files are watched from then on, and removed ones no longer."""
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one, two):
        path.write_text("old")
    scene, clock = Scene(one), FakeClock()
    watcher = Watcher(lambda: scene.files, scene.changed, clock=clock, events=no_events)
    task = asyncio.create_task(watcher.run())
    await steps(clock, 0)
    scene.files = [two]
    await steps(clock, POLL_SECONDS + 0.1)
    assert scene.changes == 0
    renamed(one, "new")
    await steps(clock, POLL_SECONDS + 0.1)
    assert scene.changes == 0
    renamed(two, "new")
    await steps(clock, POLL_SECONDS + 0.1)
    assert scene.changes == 1
    two.unlink()
    scene.files.append(one)
    scene.files.reverse()
    await steps(clock, POLL_SECONDS + 0.1)
    assert scene.changes == 2
    task.cancel()
    await asyncio.wait({task})


@pytest.mark.skipif(os.name == "nt", reason="no modes there")
async def test_a_changed_mode_is_a_change(tmp_path: Path) -> None:
    """A secret that others can read now is refused, and accepted once it is safe."""
    path, clock = tmp_path / "key", FakeClock()
    path.write_text("one")
    scene = Scene(path)
    watcher = Watcher(lambda: scene.files, scene.changed, clock=clock, events=no_events)
    task = asyncio.create_task(watcher.run())
    await steps(clock, 0)
    path.chmod(0o604)
    await steps(clock, POLL_SECONDS + 0.1)
    task.cancel()
    await asyncio.wait({task})
    assert scene.changes == 1
