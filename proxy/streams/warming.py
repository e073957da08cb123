"""Loads the playlists that a player will ask for right after the entry.

The player's own requests join these loads. All playlists load at the same time, so the
player does not wait for one after the other. This happens once, when a player requests
the entry and the presentation was not played for a while.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial

from proxy.clock import Clock
from proxy.core.hls.choices import AUDIO, VARIANT, Choices
from proxy.localise.catalog import ENTRY
from proxy.streams.chores import Chores
from proxy.streams.snapshots import Asked

IDLE_SECONDS = 10.0
"""The presentation counts as not played after this time without requests. Requests for
the entry do not count."""

RECENT_SECONDS = 60.0
"""For how long the last played playlists are loaded together with the entry. After
that, their URLs may have expired, so the entry is loaded first."""

_MOST_PLAYED = 8


class Warming:
    """Loads the likely playlists of one presentation; does nothing without `load`."""

    def __init__(
        self,
        load: Callable[[Asked], Awaitable[object]] | None,
        choices: Callable[[], Choices],
        *,
        chores: Chores,
        clock: Clock,
    ) -> None:
        self._load = load
        self._choices = choices
        self._chores = chores
        self._clock = clock
        self._played: dict[str, None] = {}
        """The playlists that were played last, oldest first."""
        self._played_at = float("-inf")
        self._done = False

    def played(self, parent: str) -> None:
        """Record a request for a media playlist, or for something it lists."""
        if self._load is None:
            return
        self._played.pop(parent, None)
        self._played[parent] = None
        if len(self._played) > _MOST_PLAYED:
            del self._played[next(iter(self._played))]
        self._played_at = self._clock.mono()
        self._done = False

    def opened(self, root: str, *, loaded: bool) -> None:
        """Load the likely playlists, after a request for the entry.

        `loaded` says whether the entry is already loaded. `root` is as in `Asked`.
        """
        since = self._clock.mono() - self._played_at
        if self._load is None or self._done or since < IDLE_SECONDS:
            return
        if not loaded and since > RECENT_SECONDS:
            return
        for path in self._likely():
            self._done = True
            asked = Asked(path, root=root)
            self._chores.start((self, path), partial(self._load, asked))

    def _likely(self) -> Iterable[str]:
        """Return the playlists to load: those last played, or those listed first."""
        choices = self._choices()
        played = list(self._of_each_role(choices))
        return played or [f"{slug}/{ENTRY}" for slug in choices.first]

    def _of_each_role(self, choices: Choices) -> Iterator[str]:
        wanted = {VARIANT, AUDIO}
        for path in reversed(self._played):
            role = choices.roles.get(path.removesuffix(f"/{ENTRY}"))
            if role in wanted:
                wanted.remove(role)
                yield path
