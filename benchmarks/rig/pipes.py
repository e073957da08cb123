"""A pipe between two processes, on any operating system."""

import multiprocessing
from typing import Any, Protocol


class Pipe(Protocol):
    """One end of the pipe."""

    def send(self, obj: Any, /) -> None:  # noqa: ANN401 - whatever can be pickled
        """Send an object."""
        ...

    def fileno(self) -> int:
        """Return the descriptor that the event loop can wait for."""
        ...

    def recv(self) -> Any:  # noqa: ANN401 - as above
        """Wait for an object, and return it."""
        ...


def pipe() -> tuple[Pipe, Pipe]:
    """Return both ends."""
    return multiprocessing.Pipe()
