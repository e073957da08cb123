"""Processes: killing, signals, limits, memory and cores."""

import asyncio
import ctypes
import os
import signal
import sys

import pytest

from proxy.system import processes


@pytest.mark.parametrize("groups", [True, False])
async def test_a_program_is_killed_with_and_without_process_groups(
    monkeypatch: pytest.MonkeyPatch, *, groups: bool
) -> None:
    """Killing it again after its end does nothing."""
    if not groups:
        monkeypatch.delattr(os, "killpg")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(600)", start_new_session=True
    )
    processes.kill(process)
    assert await process.wait() == -9
    processes.kill(process)


def test_a_system_without_sighup_has_no_reload_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Windows: there, watching the files reports changes."""
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    assert processes.reload_signal() is None


class Resource:
    """POSIX's module of limits."""

    RLIMIT_NOFILE = 7
    RLIM_INFINITY = -1

    def __init__(self, soft: int) -> None:
        self._soft = soft

    def getrlimit(self, which: int) -> tuple[int, int]:
        """Return the limits, the soft one first."""
        assert which == self.RLIMIT_NOFILE
        return self._soft, -1


@pytest.mark.parametrize(
    ("module", "most"), [(Resource(1024), 1024), (Resource(-1), None), (None, None)]
)
def test_the_limit_of_open_files_is_read(
    monkeypatch: pytest.MonkeyPatch, module: Resource | None, most: int | None
) -> None:
    """Windows has no such module, and almost no limit."""
    monkeypatch.setitem(sys.modules, "resource", module)
    assert processes.most_open_files() == most


_FREEING = """
import resource, sys
from proxy.system import processes
if sys.argv[1] == "reuse" and not processes.reuse_memory(largest=2**20, most=2**24):
    sys.exit("not offered")
def faults():
    for _ in range(300):
        held = [bytes(300_000) for _ in range(3)]
        del held
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
print(faults() - before)
"""


async def _faults(how: str) -> int:
    """Return how often a process got a page while it freed and took memory."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _FREEING, how), stdout=-1, stderr=-1
    )
    told, complaint = await process.communicate()
    if b"not offered" in complaint:
        pytest.skip("the C library does not offer it")
    return int(told)


async def test_freed_memory_is_reused() -> None:
    """The kernel need not clear the same pages each time."""
    reusing = await _faults("reuse")
    assert reusing < 30
    assert 100 * (reusing + 1) < await _faults("return")


@pytest.mark.parametrize("error", [OSError, TypeError])
def test_without_the_option_memory_is_freed_as_usual(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """As in Windows, or with another C library."""

    def none(_: object) -> object:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", none)
    assert not processes.reuse_memory(largest=2**20, most=2**24)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not processes.reuse_memory(largest=2**20, most=2**24)


def test_there_is_at_least_one_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some systems only know how many there are, and some not even that."""
    assert processes.cores() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert processes.cores() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processes.cores() == 1
