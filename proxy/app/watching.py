"""Watches files, and reports when one of them was changed or replaced.

It watches folders, not files: an editor, a rename and Kubernetes replace the file, and
a watch on the old file never reports that. After an event in a folder it waits until
no more events come, then compares the files. It also compares them every few seconds,
because some folders, such as network mounts, report no events.
"""

import asyncio
import os
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from pathlib import Path

import structlog
import watchfiles

from proxy.clock import Clock
from proxy.tasks import started

POLL_SECONDS = 5.0
"""The same interval at which keepers check the files of their sources."""

CALM_SECONDS, MOST_SECONDS = 0.3, 2.0
"""How long no event must come before files are compared, and how long to wait at most.
A file may be written in several pieces."""

_MOST_LINKS = 40
"""Linux follows at most this many links in one path."""

Files = Callable[[], Iterable[Path]]
Events = Callable[[frozenset[Path]], AsyncIterator[object]]
_State = Mapping[Path, tuple[object, ...]]

log = structlog.get_logger()


class Watcher:
    """Watches files; it asks for their names every time it looks."""

    def __init__(
        self,
        files: Files,
        changed: Callable[[], Awaitable[object]],
        *,
        clock: Clock,
        events: Events | None = None,
    ) -> None:
        """Await `changed` when a file has changed.

        `events` yields something whenever anything happens in one of the folders.
        """
        self._files = files
        self._changed = changed
        self._clock = clock
        self._events = events or folder_events
        self._told = asyncio.Event()
        self._folders: frozenset[Path] = frozenset()
        self._following: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Watch until cancelled."""
        try:
            seen: _State = {}
            while True:
                now = await asyncio.to_thread(_state_of, tuple(self._files()))
                before, seen = seen, now
                if any(before.get(path, now[path]) != now[path] for path in now):
                    await self._changed()
                    continue  # the new configuration may name other files
                self._follow(await asyncio.to_thread(_folders_of, tuple(now)))
                if await self._told_within(POLL_SECONDS):
                    await self._calm()
        finally:
            self._follow(frozenset())

    def _follow(self, folders: frozenset[Path]) -> None:
        """Receive the events of exactly these folders."""
        if folders == self._folders:
            return
        self._folders = folders
        if self._following is not None:
            self._following.cancel()
            self._following = None
        if folders:
            self._following = started(
                lambda: self._pass_on(folders), name="watch on files"
            )

    async def _pass_on(self, folders: frozenset[Path]) -> None:
        try:
            async for _ in self._events(folders):
                self._told.set()
        except OSError as error:
            # No more watches are available, or a folder was removed meanwhile.
            log.warning(
                "files are not watched",
                reason=error.strerror or type(error).__name__,
                about=f"they are looked at every {POLL_SECONDS:g} s",
            )

    async def _calm(self) -> None:
        end = self._clock.mono() + MOST_SECONDS
        while (left := end - self._clock.mono()) > 0:
            if not await self._told_within(min(CALM_SECONDS, left)):
                return

    async def _told_within(self, seconds: float) -> bool:
        try:
            async with self._clock.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return False
        self._told.clear()
        return True


async def folder_events(folders: frozenset[Path]) -> AsyncIterator[object]:
    """Yield whenever something happens in one of the folders; may raise OSError.

    A folder that cannot be read or does not exist yields nothing.
    """
    async for changes in watchfiles.awatch(
        *folders,
        watch_filter=None,
        recursive=False,
        debounce=100,
        ignore_permission_denied=True,
    ):
        yield changes


def _state_of(paths: Iterable[Path]) -> _State:
    """Return a value that differs once a file is replaced or its content changes."""
    return {path: tuple(_facts(path)) for path in paths}


def _facts(path: Path) -> Iterator[object]:
    yield os.path.realpath(path)
    try:
        facts = path.stat()
    except OSError as error:
        yield error.errno
    else:
        yield from (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        yield from (facts.st_mode, facts.st_uid)


def _folders_of(paths: Iterable[Path]) -> frozenset[Path]:
    """Return the folders that contain the files and all links on the way to them."""
    found = {folder for path in paths for folder in _on_the_way(path.absolute())}
    return frozenset(folder for folder in found if folder.is_dir())


def _on_the_way(path: Path) -> Iterator[Path]:
    for _ in range(_MOST_LINKS):
        link = next((up for up in reversed([path, *path.parents]) if _leads(up)), None)
        if link is None:
            break
        yield link.parent
        path = link.parent / link.readlink() / path.relative_to(link)
    yield path.parent


def _leads(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False
