"""The demo's output: lines that stay, and a status line that is overwritten.

The status takes a single line on a terminal, so the URLs to copy stay visible.
"""

from collections.abc import Callable

_TERMINAL_SECONDS = 1.0
_PLAIN_SECONDS = 30.0
# ECMA-48: return to the first column, erase the rest of the line.
_OVER = "\r\x1b[K"


class Screen:
    """A terminal, or any other stream of text."""

    def __init__(self, write: Callable[[str], object], *, terminal: bool) -> None:
        self.seconds = _TERMINAL_SECONDS if terminal else _PLAIN_SECONDS
        """The time between two status lines."""
        self._write = write
        self._terminal = terminal
        self._over = ""

    def say(self, text: str) -> None:
        """Write lines that stay."""
        self._write(f"{self._over}{text}\n")
        self._over = ""

    def state(self, line: str) -> None:
        """Write the current status; on a terminal it replaces the previous one."""
        if self._terminal:
            self._write(f"{self._over}{line}")
            self._over = _OVER
        else:
            self.say(line)
