"""Small programs that tests run."""

import sys
from pathlib import Path


def program(path: Path, code: str) -> list[str]:
    """Write a program in Python; return how to run it."""
    path.write_text(code)
    return [sys.executable, "-I", "-S", str(path)]


def gone(pid: int) -> bool:
    """Return whether a process has ended, or is a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


def zombies(parent: int) -> list[int]:
    """Return the zombie children of a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = path.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if (state, ppid) == ("Z", str(parent)):
            found.append(int(path.parent.name))
    return found
