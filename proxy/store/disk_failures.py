"""Reports once when a disk cannot be used, and pauses its use for a while."""

import os
from collections.abc import Callable

PAUSE_SECONDS = 60.0
"""A disk that is full or missing usually stays so for a while. Retrying costs time."""


class Troubles:
    """The current problem with a folder, if there is one."""

    def __init__(
        self, place: str, *, mono: Callable[[], float], report: Callable[[str], None]
    ) -> None:
        self._place = place
        self._mono = mono
        self._report = report
        self._told = ""
        self._until = 0.0

    @property
    def pausing(self) -> bool:
        """Whether nothing should be written now."""
        return self._mono() < self._until

    def failed(self, error: OSError) -> None:
        """Record a failure; report it unless it is the same as the last one."""
        self._until = self._mono() + PAUSE_SECONDS
        # Not str(error), which repeats the path of one file.
        reason = os.strerror(error.errno) if error.errno else str(error.strerror)
        if reason != self._told:
            self._told = reason
            self._report(f"{self._place}: {reason}")

    def worked(self) -> None:
        """Record a success, so the next failure is reported again."""
        self._told = ""
        self._until = 0.0
