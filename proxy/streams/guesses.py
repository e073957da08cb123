"""Limits how often playlists are loaded to find an unknown name.

A name in `common/` does not show which playlist lists it. Without a limit, each request
for a name that does not exist would load all playlists. So a stream has few such loads,
or guesses: some at a time, and 7 a minute in the long run. After a restart that is
enough to find a key in any of about twenty renditions.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.localise.catalog import MOST_PLAYLISTS

MOST_AT_ONCE = 7
"""Guesses allowed in `AT_ONCE_SECONDS`, which is how long a player waits. With the
entry, which is loaded first, that makes eight loads."""
AT_ONCE_SECONDS = 8.0
MOST_GUESSES = 28
"""Guesses allowed in `GUESS_SECONDS`."""
GUESS_SECONDS = 240.0
_BOUNDS = ((MOST_AT_ONCE, AT_ONCE_SECONDS), (MOST_GUESSES, GUESS_SECONDS))


class Guesses:
    """The guesses of one stream. A guess that was right does not count."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._taken: deque[tuple[float, str]] = deque()
        # By playlist: when it was last guessed, and whether it was right.
        self._last: LRUCache[str, tuple[float, bool]] = LRUCache(MOST_PLAYLISTS)

    @property
    def wait_seconds(self) -> float:
        """Seconds until another guess is allowed."""
        now = self._clock.mono()
        waits = (
            self._taken[-most][0] + seconds - now
            for most, seconds in _BOUNDS
            if len(self._taken) >= most
        )
        return max(0.0, *waits, 0.0)

    def take(self, path: str) -> bool:
        """Take a guess for this playlist, and return whether one was left."""
        if self.wait_seconds > 0:
            return False
        now = self._clock.mono()
        while self._taken and self._taken[0][0] + GUESS_SECONDS <= now:
            self._taken.popleft()
        self._taken.append((now, path))
        self._last[path] = now, False
        return True

    def right(self, path: str) -> None:
        """Give a guess back, because the playlist did list the name."""
        mine = [taken for taken in self._taken if taken[1] == path]
        if mine:
            self._taken.remove(mine[-1])
            self._last[path] = mine[-1][0], True

    def likely_first(
        self, paths: Iterable[str], loaded_at: Callable[[str], float]
    ) -> list[str]:
        """Sort playlists by how likely they list an unknown name.

        Playlists guessed right last time come first, then those not guessed for the
        longest time, then those loaded most recently.
        """

        def rank(path: str) -> tuple[bool, float, float]:
            at, right = self._last.get(path, (-math.inf, False))
            return not right, at, -loaded_at(path)

        return sorted(paths, key=rank)
