"""Runs programs, and tells the CPU time and memory of their processes. Linux only."""

import contextlib
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.rig.side import Side, pinned

PROC = Path("/proc")
START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_NANO = 1e-9
_BLOCK_BYTES = 512
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def lacks() -> str:
    """Return what is missing for measuring programs; empty if everything is here."""
    if (PROC / "self/schedstat").exists():
        return ""
    return (
        "the CPU time of other processes is read from /proc/PID/schedstat; want Linux"
    )


@contextlib.contextmanager
def ran(
    name: str, command: Sequence[str], port: int, cores: Sequence[int] = ()
) -> Iterator[Side]:
    """Run a program that listens on this port of loopback while the block lasts.

    It runs on these cores. Its output is discarded.
    """
    with contextlib.ExitStack() as stack:
        with pinned(cores):
            process = subprocess.Popen(  # noqa: S603 - programs that we chose
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        stack.callback(_end, process)
        _wait_for(name, process, port)
        yield Side(name, port, used=partial(used, process.pid), pid=process.pid)


@contextlib.contextmanager
def program(settings: str, cores: Sequence[int] = ()) -> Iterator[Side]:
    """Run the program, as its users do.

    `settings` is the configuration without `listen`, in TOML.
    """
    with tempfile.TemporaryDirectory() as folder:
        port, config = free_port(), Path(folder) / "bench.toml"
        config.write_text(f'server.listen = "127.0.0.1:{port}"\n{settings}')
        run = (sys.executable, "-m", "proxy", "run", "--config", str(config))
        with ran("program", run, port, cores) as side:
            yield side


def allow_files() -> None:
    """Let this process and its children open as many files as the system allows."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    """Return a free port of loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def used(pid: int) -> float:
    """Return the CPU seconds of a process and its children, more precisely than `ps`.

    Threads and children that have ended are not counted.
    """
    times = (
        int(task.read_text().split()[0])
        for each in family(pid)
        for task in (PROC / str(each) / "task").glob("*/schedstat")
    )
    return sum(times) * _NANO


def peak(pid: int) -> int:
    """Return the most bytes that a process and its children had resident, each."""
    return sum(map(_peak, family(pid)))


def in_memory_files(pid: int) -> int:
    """Return the bytes of files in memory (memfd) that the processes have open."""
    sizes: dict[int, int] = {}
    for each in family(pid):
        for link in (PROC / str(each) / "fd").iterdir():
            with contextlib.suppress(OSError):
                if str(link.readlink()).startswith("/memfd:"):
                    file = link.stat()
                    blocks = getattr(file, "st_blocks", 0)  # Windows has none
                    sizes[file.st_ino] = blocks * _BLOCK_BYTES
    return sum(sizes.values())


def family(pid: int) -> Iterator[int]:
    """Yield a process and all its descendants."""
    yield pid
    for told in (PROC / str(pid) / "task").glob("*/children"):
        for child in told.read_text().split():
            yield from family(int(child))


def _peak(pid: int) -> int:
    found = _PEAK.search((PROC / str(pid) / "status").read_text())
    return int(found[1]) * 1024 if found else 0


def _wait_for(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            ended, late = process.poll() is not None, time.monotonic() > end
            assert not ended, f"{name} ended at once, with {process.returncode}"
            assert not late, f"{name} did not start"
            time.sleep(0.05)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
