"""A watchdog for an event loop: no callback may block it for long.

It counts the CPU time of the loop's own thread, so a busy machine does not matter. As a
module it wraps the program: `python -m tests.watchdog run --config …` writes each
callback that blocked the loop into the file that HELD names.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

MOST_SECONDS = 0.05
"""CPU time for one callback, in seconds: other players wait this long."""

FILE = "HELD"
"""The variable that names the file for callbacks that blocked a process's loop."""


@dataclass(frozen=True, slots=True)
class Held:
    """A callback that blocked its loop."""

    begun: float
    """On the machine's monotonic clock."""
    seconds: float
    """CPU time, in seconds."""
    what: str

    def __str__(self) -> str:
        return f"{self.what} held the loop for {1000 * self.seconds:.0f} ms"


class _Collections:
    """The CPU time that the garbage collector uses in the loop's thread."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._thread = threading.get_ident()
        self._begun = 0.0

    def __call__(self, phase: str, _: dict[str, int]) -> None:
        if threading.get_ident() != self._thread:
            return
        if phase == "start":
            self._begun = time.thread_time()
        else:
            self.seconds += time.thread_time() - self._begun


@contextmanager
def watched(
    tell: Callable[[Held], None], *, most: float = MOST_SECONDS
) -> Iterator[None]:
    """Report what blocks this thread's loop for longer than `most` seconds.

    The garbage collector is not counted, because a test's heap is not the program's.
    Nor is the task that watches, which is the test itself.
    """
    own = asyncio.current_task() if _runs() else None
    plain, thread = asyncio.Handle._run, threading.get_ident()  # noqa: SLF001
    collections = _Collections()

    def run(handle: asyncio.Handle) -> None:
        callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001
        owner = getattr(callback, "__self__", None)
        if threading.get_ident() != thread or (own and owner is own):
            plain(handle)
            return
        begun, collected = time.monotonic(), collections.seconds
        before = time.thread_time()
        plain(handle)
        took = time.thread_time() - before - (collections.seconds - collected)
        if took > most:
            tell(Held(begun, took, _named(callback)))

    gc.callbacks.append(collections)
    asyncio.Handle._run = run  # type: ignore[method-assign,assignment]  # noqa: SLF001
    try:
        yield
    finally:
        asyncio.Handle._run = plain  # type: ignore[method-assign]  # noqa: SLF001
        gc.callbacks.remove(collections)


@contextmanager
def unheld(*, most: float = MOST_SECONDS) -> Iterator[list[Held]]:
    """Fail if anything blocks this thread's loop; yield what does."""
    held: list[Held] = []
    with watched(held.append, most=most):
        yield held
    assert not held, "\n".join(map(str, held))


def noting(file: Path) -> Callable[[Held], None]:
    """Return a function that records each blocking callback, for `held_by`."""

    def tell(held: Held) -> None:
        with file.open("a") as lines:
            lines.write(json.dumps(asdict(held)) + "\n")

    return tell


def held_by(file: Path, *, since: float) -> list[Held]:
    """Return what blocked the loop of a process from a monotonic time on."""
    lines = file.read_text().splitlines() if file.exists() else []
    told = [Held(**json.loads(line)) for line in lines]
    return [held for held in told if held.begun >= since]


def _runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _named(callback: object) -> str:
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return f"{owner.get_name()}: {getattr(owner.get_coro(), '__qualname__', '')}"
    return getattr(callback, "__qualname__", repr(callback))


def main() -> None:
    """Run the program with its loop watched."""
    from proxy.cli import main as program  # noqa: PLC0415 - its own start is none of it

    with watched(noting(Path(os.environ[FILE]))):
        program(sys.argv[1:], prog_name="hls-auth-proxy")


if __name__ == "__main__":
    main()
