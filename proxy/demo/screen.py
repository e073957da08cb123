"""Where the demo writes: lines that stay, and one that is written over.

What a viewer is to paste stays in sight: on a terminal what happens goes into one line.
"""

from collections.abc import Callable

_TERMINAL_SECONDS = 1.0
_PLAIN_SECONDS = 30.0
# ECMA-48: back to the first column, erase the rest of the line.
_OVER = "\r\x1b[K"


class Screen:
    """A terminal, or any other stream of text."""

    def __init__(self, write: Callable[[str], object], *, terminal: bool) -> None:
        self.seconds = _TERMINAL_SECONDS if terminal else _PLAIN_SECONDS
        """The time between two states."""
        self._write = write
        self._terminal = terminal
        self._over = ""

    def say(self, text: str) -> None:
        """Write lines that stay."""
        self._write(f"{self._over}{text}\n")
        self._over = ""

    def state(self, line: str) -> None:
        """Write how it is now, on a terminal over how it was before."""
        if self._terminal:
            self._write(f"{self._over}{line}")
            self._over = _OVER
        else:
            self.say(line)
