"""Names that a newer token did not open: their refusals ask for no further token."""

from typing import NamedTuple

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.tokens.refresh.subjects import Rank, Subject

MOST_NAMES = 256
"""More are forgotten: then each asks once more, within its budget."""

NAME_SECONDS = 60.0
"""How long a name asks for no other token. A token that opens media alone may have been
replaced meanwhile, and nothing but a refused medium tells that."""


class _Tried(NamedTuple):
    generation: int
    at: float


class RefusedNames:
    """The names of one stream that a newer token was tried for, and did not open."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tried: LRUCache[int, _Tried] = LRUCache(MOST_NAMES)

    def tried(self, subject: Subject, generation: int) -> None:
        """Take note that a newer token is tried for what was refused.

        The entry has no other name that could speak for it: its budget is enough.
        """
        if subject.rank is not Rank.ENTRY:
            self._tried[hash(subject)] = _Tried(generation, self._clock.mono())

    def accepted(self, subject: Subject, generation: int) -> None:
        """Take note that a token of this generation opened it."""
        if not self._tried:
            return
        tried = self._tried.get(hash(subject))
        if tried is not None and generation >= tried.generation:
            del self._tried[hash(subject)]

    def holds(self, subject: Subject) -> bool:
        """Tell whether its refusal is no reason for another token."""
        tried = self._tried.get(hash(subject)) if self._tried else None
        return tried is not None and self._clock.mono() < tried.at + NAME_SECONDS
