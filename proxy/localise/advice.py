"""Advises what to do if a stream has more names than it may have."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from proxy.localise.listing import Sheet
from proxy.localise.name_table import NameTable
from proxy.localise.remedy import remedy


class Advice:
    """Reports the playlist with the most names, and the setting that would help.

    It is reported once, and once more if a later version gives better advice. `full` is
    called with the playlist and the advice.
    """

    def __init__(self, limit: int, full: Callable[[str, str], None]) -> None:
        self._limit = limit
        self._full = full
        self._worst = self._told = ""
        self._compared = False

    def give(self, table: NameTable, newest: str) -> None:
        """Report what would help, after a playlist was loaded that has no room."""
        if not self._worst:
            self._worst = max(table.parents, key=lambda path: table.parents[path].size)
        elif newest != self._worst or self._compared:
            return
        known = table.parents[self._worst]
        past = (*reversed(known.older), *reversed(known.leaving))
        self._compared = bool(past)
        advice = remedy(
            self._limit,
            _urls((path, table.paths.get(path)) for path in past),
            _urls(chain(known.last.own.items(), known.last.shared.items())),
            slides=not known.older,
        )
        if advice != self._told:
            self._told = advice
            self._full(self._worst, advice)


def _urls(sheets: Iterable[tuple[str, Sheet | None]]) -> Iterator[str]:
    return (sheet.resource(path).url for path, sheet in sheets if sheet)
