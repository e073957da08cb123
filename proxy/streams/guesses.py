"""How often playlists are loaded that may name what nobody knows.

A name in `common/` does not tell which playlist names it. Each look for one that is not
there would load them all, so a stream has few such loads: some at a time, as many as
after a restart find a key of any of some twenty renditions, and 7 a minute for good.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.localise.catalog import MOST_PLAYLISTS

MOST_AT_ONCE = 7
"""In `AT_ONCE_SECONDS`, which is how long a player waits. With the entry, which is
looked at first, that makes eight."""
AT_ONCE_SECONDS = 8.0
MOST_GUESSES = 28
"""In `GUESS_SECONDS`."""
GUESS_SECONDS = 240.0
_BOUNDS = ((MOST_AT_ONCE, AT_ONCE_SECONDS), (MOST_GUESSES, GUESS_SECONDS))


class Guesses:
    """Those of one stream. One that was right does not count."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._taken: deque[tuple[float, str]] = deque()
        # By playlist: when it was last guessed, and whether it was right.
        self._last: LRUCache[str, tuple[float, bool]] = LRUCache(MOST_PLAYLISTS)

    @property
    def wait_seconds(self) -> float:
        """How long until there is another one."""
        now = self._clock.mono()
        waits = (
            self._taken[-most][0] + seconds - now
            for most, seconds in _BOUNDS
            if len(self._taken) >= most
        )
        return max(0.0, *waits, 0.0)

    def take(self, path: str) -> bool:
        """Take one for this playlist; tell whether there was one."""
        if self.wait_seconds > 0:
            return False
        now = self._clock.mono()
        while self._taken and self._taken[0][0] + GUESS_SECONDS <= now:
            self._taken.popleft()
        self._taken.append((now, path))
        self._last[path] = now, False
        return True

    def right(self, path: str) -> None:
        """Give one back: the playlist did name what was looked for."""
        mine = [taken for taken in self._taken if taken[1] == path]
        if mine:
            self._taken.remove(mine[-1])
            self._last[path] = mine[-1][0], True

    def likely_first(
        self, paths: Iterable[str], loaded_at: Callable[[str], float]
    ) -> list[str]:
        """Sort playlists: what was right, what had no turn for long, what is played."""

        def rank(path: str) -> tuple[bool, float, float]:
            at, right = self._last.get(path, (-math.inf, False))
            return not right, at, -loaded_at(path)

        return sorted(paths, key=rank)
