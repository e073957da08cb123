"""Resources that a newer token did not open: their refusals force no further token."""

from typing import NamedTuple

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.tokens.refresh.subjects import Rank, Subject

MOST_NAMES = 256
"""If there are more, the oldest are forgotten; each may then force a refresh again."""

NAME_SECONDS = 60.0
"""How long such a resource forces no other token. Meanwhile a token that only opens
media may have been replaced, which shows only in a refused medium."""


class _Tried(NamedTuple):
    generation: int
    at: float


class RefusedNames:
    """The resources of one stream that a newer token was tried for but did not open."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tried: LRUCache[int, _Tried] = LRUCache(MOST_NAMES)

    def tried(self, subject: Subject, generation: int) -> None:
        """Record that a newer token is tried for a refused resource.

        The entry is not recorded: no other resource can stand in for it, and its own
        budget is limit enough.
        """
        if subject.rank is not Rank.ENTRY:
            self._tried[hash(subject)] = _Tried(generation, self._clock.mono())

    def accepted(self, subject: Subject, generation: int) -> None:
        """Record that a token of this generation opened the resource."""
        if not self._tried:
            return
        tried = self._tried.get(hash(subject))
        if tried is not None and generation >= tried.generation:
            del self._tried[hash(subject)]

    def holds(self, subject: Subject) -> bool:
        """Return whether its refusal is no reason for another token."""
        tried = self._tried.get(hash(subject)) if self._tried else None
        return tried is not None and self._clock.mono() < tried.at + NAME_SECONDS
