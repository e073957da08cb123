"""A server as the load generator sees it, and the cores that it and others use."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field


@dataclass(slots=True)
class Side:
    """One server as the load generator sees it."""

    name: str
    port: int
    _: KW_ONLY
    used: Callable[[], float]
    """Returns the CPU time of the process so far, in seconds."""
    pid: int = 0
    """Of a program's first process."""
    costs: list[float] = field(default_factory=list)
    """CPU seconds per request, by round."""


def cores() -> tuple[Sequence[int], Sequence[int]]:
    """Return the core for the measured server, and the cores for everything else.

    Both are empty if the system cannot say, or has only one core.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    mine = sorted(affinity(0)) if affinity else []
    return (mine[:1], mine[1:]) if len(mine) > 1 else ((), ())


@contextlib.contextmanager
def pinned(to: Sequence[int]) -> Iterator[None]:
    """Pin this process to these cores for the block; child processes stay pinned."""
    pin = getattr(os, "sched_setaffinity", None)
    if pin is None or not to:
        yield
        return
    before = getattr(os, "sched_getaffinity")(0)  # noqa: B009 - not on every system
    pin(0, to)
    try:
        yield
    finally:
        pin(0, before)
