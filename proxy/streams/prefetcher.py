"""Fetches the segments that players of one presentation will ask for next.

`prefetch_targets` chooses them. They are fetched like any other segment, so a
player that requests one meanwhile joins the fetch. Requests of players have priority.
"""

import math
from typing import NamedTuple

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls.prefetch import (
    Position,
    Positions,
    PrefetchLimits,
)
from proxy.core.tokens.times.instant import http_date
from proxy.errors import HlsAuthProxyError, StatusError, TokenUnavailableError
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.listing import Resource
from proxy.sharing.fill import Fill
from proxy.sharing.fill_orders import Begun
from proxy.sharing.fills import Fills
from proxy.sharing.following import Follower
from proxy.sharing.joining import Sharing
from proxy.sharing.keys import KeyedResource
from proxy.streams.chores import Chores
from proxy.streams.prefetch_targets import Around, AskedSegment, PrefetchTargets, Target

REST_SECONDS = 5.0
"""How long nothing is fetched ahead after a failure without a Retry-After."""

QUIET_SECONDS = 1.0
"""For how long nothing is fetched after a segment if nothing was missing there."""


class _Quiet(NamedTuple):
    """A check that found nothing to fetch after a segment."""

    at: float
    """When, in monotonic seconds."""
    row: int
    """How many segments its player had requested in a row."""
    target_seconds: float


_NEVER = _Quiet(-math.inf, 0, 0.0)


class Prefetcher:
    """Fetches segments of one presentation before players request them."""

    def __init__(
        self,
        sharing: Sharing,
        fills: Fills,
        around: Around,
        *,
        limits: PrefetchLimits,
        chores: Chores,
        clock: Clock,
    ) -> None:
        self._sharing = sharing
        self._fills = fills
        self._targets = PrefetchTargets(fills, around, limits=limits, clock=clock)
        self._limits = limits
        self._chores = chores
        self._clock = clock
        self._rest_until = 0.0
        # For each playlist: its run, and the positions of players in that run.
        self._paces: LRUCache[str, tuple[str, Positions]] = LRUCache(MOST_PLAYLISTS)
        self._asked: LRUCache[Position, AskedSegment] = LRUCache(MOST_PLAYLISTS)
        self._quiet: dict[str, _Quiet] = {}
        """By the local path of a segment."""

    def asked(
        self, path: str, resource: Resource, named: KeyedResource, base_url: str
    ) -> None:
        """Record that a player gets a segment, and fetch the segments after it."""
        run, pace = self._paces.get(resource.parent, ("", None))
        if pace is None or run != named.key.run:
            pace = Positions()
            self._paces[resource.parent] = named.key.run, pace
        position, changed = pace.asked(named.key.number, self._clock.mono())
        if not changed:
            return
        if position.row == 1:
            self._begun_at(position, resource.parent)
        self._asked[position] = AskedSegment(path, resource, named, base_url)
        # Usually there is nothing to fetch. These checks then save a task.
        coming = self._fills.running(named.key) is not None
        if not coming and self._is_quiet(position, path):
            return
        if coming or self._next(position) is not None:
            self._start(position)
        else:
            self._quiet_after(position, path)

    def listed(self, path: str) -> None:
        """Fetch ahead after a new version of the playlist, if players are playing it.

        `path` is the local path of the playlist.
        """
        _, pace = self._paces.get(path, ("", None))
        for position in pace or ():
            if position.is_current(self._clock.mono()):
                self._start(position)

    def failed(self, error: HlsAuthProxyError) -> None:
        """Fetch nothing ahead for a while after a failure.

        The failed request may also have been a player's. The pause is at least
        `REST_SECONDS`, or longer if the upstream says so.
        """
        seconds = max(REST_SECONDS, _wait_of(error, self._clock.wall()))
        self._rest_until = max(self._rest_until, self._clock.mono() + seconds)

    def _is_quiet(self, position: Position, path: str) -> bool:
        """Return whether a moment ago there was nothing to fetch after this segment."""
        at, row, target_seconds = self._quiet.get(path, _NEVER)
        further = min(position.row, self._limits.most(target_seconds)) > row
        if further or self._clock.mono() - at > QUIET_SECONDS:
            return False
        position.target_seconds = target_seconds
        return True

    def _quiet_after(self, position: Position, path: str) -> None:
        if len(self._quiet) >= MOST_PLAYLISTS:
            self._quiet.clear()
        row, seconds = position.row, position.target_seconds
        self._quiet[path] = _Quiet(self._clock.mono(), row, seconds)

    def _begun_at(self, position: Position, parent: str) -> None:
        """Stop fetching for other positions: their player may have moved here."""
        role = self._targets.role
        for other, (_, pace) in self._paces.items():
            if other == parent or role(other) == role(parent):
                for each in pace:
                    each.is_led = each is position

    def _start(self, position: Position) -> None:
        self._chores.start((self, position), lambda: self._fetch_all(position))

    async def _fetch_all(self, position: Position) -> None:
        tried = set[object]()
        while True:
            async with self._fills.turns:
                await self._fills.calm()
                target = self._next(position)
                if target is None or target.named.key in tried:
                    return
                tried.add(target.named.key)
                if await self._is_on_disk(target):
                    continue
                if not await self._is_nearly_fetched(position, target):
                    return

    async def _is_nearly_fetched(self, position: Position, target: Target) -> bool:
        """Fetch a resource; return whether it will be kept, when that is nearly done.

        Another chore follows it to its end.
        """
        fill = self._sharing.ahead(*target, self._asked[position].base_url)
        self._fills.enter(fill)
        self._chores.start((self, fill), lambda: self._follow(position, fill))
        await fill.nearly.wait()
        return self._targets.had(target.named.key) is not None

    async def _follow(self, position: Position, fill: Fill) -> None:
        """Keep a fill going while its player keeps pace and the store keeps it."""
        try:
            head = await fill.head()
            if not isinstance(head, Begun) or not head.shared.kept:
                return
            growing, fill.news_at = head.growing, self._clock.mono()
            async with Follower(growing) as body:
                async for _ in body.chunks():
                    fill.news_at = self._clock.mono()
                    current = position.is_current(self._clock.mono())
                    if not growing.is_stored or not current:
                        return
        except HlsAuthProxyError as error:
            self.failed(error)
        finally:
            self._fills.release(fill)

    def _next(self, position: Position) -> Target | None:
        asked = self._asked.get(position)
        if asked is None or self._clock.mono() < self._rest_until:
            return None
        return self._targets.next(position, asked)

    async def _is_on_disk(self, target: Target) -> bool:
        """Return whether the disk has the resource; if so, load it into memory too."""
        key, lasting = target.named.key, target.named.lasting
        return lasting and await self._fills.store.fetch(key) is not None


def _wait_of(error: HlsAuthProxyError, now: float) -> float:
    """Return how many seconds to wait according to an error; 0 if it does not say."""
    if isinstance(error, TokenUnavailableError):
        return error.retry_after
    if not isinstance(error, StatusError):
        return 0.0
    named = {name.lower(): value for name, value in error.headers}
    said = named.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    until = http_date(said) if said else None
    return 0.0 if until is None else until - now
