"""Lets the workers agree on the runs of live streams, by files in a common folder.

A file holds the common run of one playlist; see `core.hls.agreement`. It is read and
replaced whenever a worker examines a version of the playlist. Both take less time than
a question to the parent, and a worker that dies meanwhile leaves a complete file. A
lock serialises the workers. If a worker does not get it at once, it uses a name of its
own for the run, until the next version.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex

from proxy.core.hls.agreement import MOST_BYTES, agree, decoded, encoded, part
from proxy.core.hls.continuity import Version
from proxy.core.hls.encoder_runs import Run
from proxy.localise.uses import Agree
from proxy.store.record import file_name
from proxy.system import files

MOST_FILES = 2000
"""The number of playlists that workers agree on at the same time."""

IDLE_SECONDS = 300.0
"""How long the run of a playlist is remembered while nobody loads it."""

_LOCK = "lock-"
# A lock is usually held for a tenth of a millisecond. The event loop waits meanwhile.
_TRIES, _PAUSE_SECONDS = 8, 0.0005
_NAME_BYTES = 16

new_name = partial(token_hex, _NAME_BYTES)


class AgreedRuns:
    """The common runs of all streams, as one worker sees them."""

    def __init__(
        self,
        folder: Path,
        worker: int,
        *,
        generation_of: Callable[[str], int],
        wall: Callable[[], float],
    ) -> None:
        """`generation_of` returns which configuration a stream's local path has.

        Workers do not agree while they have different ones.
        """
        self._folder = folder
        self._suffix = f".{worker}"
        self._generation_of = generation_of
        self._wall = wall

    def of(self, local: str) -> Agree:
        """Return how the stream at a local path agrees with itself in other workers."""
        generation = self._generation_of(local)

        def agreed(playlist: str, run: Run, version: Version, new: bool) -> None:  # noqa: FBT001
            parts = generation, local, playlist, version.source
            name = file_name("run", *parts)
            try:
                with self._locked(name):
                    self._agree(self._folder / name, run, version, new=new)
            except OSError:
                part(run, new_name)

        return agreed

    def _agree(self, path: Path, run: Run, version: Version, *, new: bool) -> None:
        if len(version.window.text) > MOST_BYTES:
            raise OSError("the playlist is too long")
        common = None
        try:
            common = decoded(path.read_bytes())
        except FileNotFoundError:
            self._make_room()
        except ValueError:
            pass
        changed = agree(common, run, version, new=new, new_name=new_name)
        if changed is not None:
            self._put(path, encoded(changed))

    def _put(self, path: Path, data: bytes) -> None:
        written = path.with_suffix(self._suffix)
        written.write_bytes(data)
        written.replace(path)

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Hold one of a few locks; raise OSError if another worker holds it for long.

        There are few of them, because a lock that is removed protects nothing.
        """
        path = self._folder / f"{_LOCK}{name[:1]}"
        descriptor = os.open(path, files.lock_file_flags(), 0o600)
        try:
            for _ in range(_TRIES):
                if files.try_lock(descriptor):
                    yield
                    return
                time.sleep(_PAUSE_SECONDS)
            raise OSError("another worker holds the lock")
        finally:
            os.close(descriptor)

    def _make_room(self) -> None:
        """Remove the runs of playlists that nobody plays; raise OSError if that fails.

        Raises it too if there are too many others.
        """
        oldest = self._wall() - IDLE_SECONDS
        left = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.name.startswith(_LOCK):
                        continue
                    if entry.stat().st_mtime >= oldest:
                        left += 1
                    else:
                        Path(entry.path).unlink()
        if left >= MOST_FILES:
            raise OSError("too many playlists are played")
