"""Loads a playlist for a player; returns the previous one if the upstream fails.

It also returns the previous playlist if the reload takes too long. The reload then
continues, so the next player gets its result.
"""

import asyncio

from proxy.clock import Clock
from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.offline import is_revoked
from proxy.core.http.player_query import blocks
from proxy.core.http.reuse import is_away, may_bridge
from proxy.deadline import InTime, deadline_at, hasty
from proxy.errors import HlsAuthProxyError
from proxy.replies import PlaylistReply
from proxy.streams.loading import Loader
from proxy.streams.snapshots import Asked, Snapshots
from proxy.tasks import started

SILENT_SECONDS = 2.0
"""After this time the last good playlist is sent, if it is recent enough."""

# A blocking reload is shared by the players that wait for it, but not kept.
_BLOCKING = CacheStatus(fwd="request")

_Reload = asyncio.Task[PlaylistReply]


class Reloads:
    """Reloads playlists of one stream.

    Each reload has the deadline of the request that started it.
    """

    def __init__(self, loader: Loader, snapshots: Snapshots, *, clock: Clock) -> None:
        self.loader = loader
        self.snapshots = snapshots
        self._clock = clock
        self._tasks: set[_Reload] = set()

    async def load(self, asked: Asked) -> PlaylistReply:
        """Return the playlist, or the last good one if the upstream fails or is silent.

        If there is no earlier playlist to send, transient failures are retried.
        """
        if not blocks(asked.query) and self.snapshots.may_bridge(asked):
            reply = await self._bridged(asked, self._start(asked))
            if reply is not None:
                return reply
        return await self._loaded(asked)

    async def _bridged(self, asked: Asked, reload: _Reload) -> PlaylistReply | None:
        """Return the reloaded playlist or the kept one; None if that is too old.

        Raises the reload's error if it may not be bridged, or if nothing is kept and no
        time is left for another try.
        """
        if not await self._is_over(reload):
            kept = self.snapshots.bridge(asked, away=True)
            if kept is not None:
                return kept
        try:
            return await reload
        except HlsAuthProxyError as error:
            lasting = self.snapshots.is_lasting(asked) and not is_revoked(error)
            if not (lasting or may_bridge(error)):
                raise
            kept = self.snapshots.bridge(asked, away=is_away(error))
            now = self._clock.mono()
            if kept is None and not deadline_at(now).allows_another(now):
                raise
            return kept

    async def _loaded(self, asked: Asked) -> PlaylistReply:
        """Return the playlist that the upstream has now, and keep it."""
        loaded = await self.loader.load(asked.path, query=asked.query, root=asked.root)
        if blocks(asked.query):
            return PlaylistReply(loaded.body, loaded.headers, cache=_BLOCKING)
        return self.snapshots.keep(asked, loaded)

    def _start(self, asked: Asked) -> _Reload:
        async def reload() -> PlaylistReply:
            async with InTime(self._clock):
                return await self._loaded(asked)

        with hasty():
            task = started(reload, name="playlist reload")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _is_over(self, reload: _Reload) -> bool:
        """Return whether a reload has ended within `SILENT_SECONDS`.

        If the caller is cancelled, its player has left, so the reload is cancelled too.
        """
        try:
            async with self._clock.timeout(SILENT_SECONDS):
                await asyncio.wait({reload})
        except TimeoutError:
            return reload.done()
        except asyncio.CancelledError:
            reload.cancel()
            raise
        return True
