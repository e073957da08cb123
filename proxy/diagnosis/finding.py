"""The result of one step of a check."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

_INDENT = " " * 8
_STEP_WIDTH = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: its result and how long it took."""

    step: str
    """One word: `token`, `entry`, `rendition`, `segment`, `key`."""
    result: str
    """What was found, or what failed."""
    _: KW_ONLY
    seconds: float | None = None
    failed: bool = False
    notes: tuple[str, ...] = ()
    """What to know or to do, one line each."""

    def lines(self) -> Iterator[str]:
        """Yield the lines to print, the result first."""
        verdict = "FAILED" if self.failed else "ok"
        took = "" if self.seconds is None else f"{self.seconds:6.2f} s"
        yield f"{verdict:<8}{self.step:<{_STEP_WIDTH}}{took:<10}{self.result}"
        for note in self.notes:
            yield _INDENT + note
