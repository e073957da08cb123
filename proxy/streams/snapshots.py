"""Keeps recently loaded playlists, and answers requests with them.

While a playlist is fresh, equal requests get it without asking the upstream. If the
upstream fails for a short time, the last good playlist is sent.
"""

import math
from typing import NamedTuple

from proxy.clock import Clock
from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.headers import Fields
from proxy.core.http.reuse import Reuse, sharing_of
from proxy.localise.shelf import Shelf
from proxy.replies import PlaylistReply, PreparedPlaylist
from proxy.streams.loaded import Loaded
from proxy.streams.snapshot_store import Snapshot, SnapshotKey, SnapshotStore

# How long a snapshot is reused after a failed reload, so that not every request waits
# for another failure.
_BRIDGE_SECONDS = 1.0

# The upstream was asked, but failed or did not answer.
_BRIDGED = CacheStatus(fwd="stale", detail="upstream-failed")
# The upstream was asked, and another player's later request was answered first.
_OVERTAKEN = CacheStatus(fwd="stale", detail="overtaken")


class Asked(NamedTuple):
    """A request for a playlist; equal requests get the same answer."""

    path: str
    query: str = ""
    """The forwarded part of the player's query."""
    root: str = ""
    """The absolute local URL of the stream, as this player uses it."""


# With more recorded paths than this, those without a kept playlist are removed.
_MANY_PATHS = 1000


class Snapshots:
    """The snapshots of one presentation of a stream."""

    def __init__(self, store: SnapshotStore, shelf: Shelf, *, clock: Clock) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock
        # The paths of all kept playlists. Most requests are for media; this finds
        # quickly that there is no playlist for them.
        self._paths = set[str]()
        self._many = _MANY_PATHS

    def knows(self, path: str) -> bool:
        """Return whether there may be a playlist for this path."""
        return path in self._paths

    def fresh(self, asked: Asked, *, since: float = -math.inf) -> PlaylistReply | None:
        """Return a fresh playlist for this request, if there is one.

        Playlists requested at or before `since` (monotonic seconds) do not count.
        """
        snapshot, now = self._find(asked), self._clock.mono()
        if snapshot is None or now >= snapshot.fresh_until:
            return None
        if snapshot.asked_at <= since:
            return None
        left, last = int(snapshot.fresh_until - now), snapshot.hit
        if last is None or last.ttl != left:
            last = snapshot.hit = CacheStatus(hit=True, ttl=left)
        return _reply(snapshot, now, last)

    def may_bridge(self, asked: Asked) -> bool:
        """Return whether there may be a playlist to send if the upstream fails."""
        snapshot = self._find(asked)
        if snapshot is None:
            return False
        ageless = snapshot.ended and not snapshot.lasting
        return ageless or self._clock.mono() < snapshot.usable_until

    def bridge(self, asked: Asked, *, away: bool) -> PlaylistReply | None:
        """Return the last good playlist, although a newer one should be sent.

        `away`: the upstream is unreachable or does not answer. Then an ended playlist
        may have any age.
        """
        snapshot, now = self._find(asked), self._clock.mono()
        if snapshot is None:
            return None
        ageless = away and snapshot.ended and not snapshot.lasting
        until = math.inf if ageless else snapshot.usable_until
        if now >= until:
            return None
        soon = min(now + _BRIDGE_SECONDS, until)
        snapshot.fresh_until = max(snapshot.fresh_until, soon)
        return _reply(snapshot, now, _BRIDGED)

    def is_lasting(self, asked: Asked) -> bool:
        """Return whether a playlist is kept that bridges any failure but a refusal."""
        snapshot = self._find(asked)
        return snapshot is not None and snapshot.lasting

    def last(
        self,
        path: str,
        body: bytes,
        headers: Fields,
        *,
        age: float,
        fresh_seconds: float,
        usable_seconds: float,
    ) -> None:
        """Keep a playlist of an ended presentation, in place of its other snapshots.

        All times are in seconds. It is fresh for `fresh_seconds` from now. If the
        upstream is away, it is used for `usable_seconds` from now.
        """
        now, before = self._clock.mono(), self._find(Asked(path))
        same = before and (before.body, before.headers) == (body, headers)
        snapshot = Snapshot(
            body,
            headers,
            forms=before.forms if before and same else {},
            born_at=now - age,
            fresh_until=now + fresh_seconds,
            usable_until=now + usable_seconds,
            asked_at=now - age,
            ended=True,
            lasting=True,
        )
        self.forget(path)
        if snapshot.size <= self._store.kept.maxsize:
            self._store.kept[self._key(Asked(path), bound=False)] = snapshot
            self._note(path)

    def keep(self, asked: Asked, loaded: Loaded) -> PlaylistReply:
        """Keep a playlist if it may be shared, and return the playlist to send.

        If it was requested before the kept one, the kept one is newer and is returned,
        because a playlist must not go back in time for any player.
        """
        at, kept = loaded.asked_at, self._find(asked)
        if kept is not None and at < kept.asked_at and self._is_usable(kept):
            return _reply(kept, self._clock.mono(), _OVERTAKEN)
        sharing, forms = _sharing(loaded), dict[bool, PreparedPlaylist]()
        snapshot = Snapshot(
            loaded.body,
            tuple(pair for pair in loaded.headers if pair[0].lower() != "age"),
            forms=forms,
            born_at=at - sharing.age,
            fresh_until=at + sharing.fresh,
            usable_until=at + sharing.usable,
            asked_at=at,
            ended=loaded.facts.ended,
        )
        stored = sharing.kept > 0 and snapshot.size <= self._store.kept.maxsize
        if stored:
            bound = bool(asked.root) and asked.root.encode() in loaded.body
            self._store.kept[self._key(asked, bound=bound)] = snapshot
            self._note(asked.path)
        fwd = "uri-miss" if kept is None else "stale"
        cache = CacheStatus(fwd=fwd, stored=stored)
        return PlaylistReply(loaded.body, loaded.headers, forms=forms, cache=cache)

    def _is_usable(self, snapshot: Snapshot) -> bool:
        now = self._clock.mono()
        return now < max(snapshot.fresh_until, snapshot.usable_until)

    def doubt(self) -> None:
        """Stop treating kept playlists as fresh; they may still bridge failures."""
        now = self._clock.mono()
        for key in [key for key in self._store.kept if key.shelf == self._shelf]:
            kept = self._store.kept[key]
            kept.fresh_until = min(kept.fresh_until, now)

    def forget(self, path: str) -> None:
        """Drop all snapshots of a playlist, for any query and root."""
        doomed = [
            k for k in self._store.kept if (k.shelf, k.path) == (self._shelf, path)
        ]
        for key in doomed:
            del self._store.kept[key]

    def _note(self, path: str) -> None:
        self._paths.add(path)
        if len(self._paths) > self._many:
            kept = self._store.kept
            self._paths = {key.path for key in kept if key.shelf == self._shelf}
            self._many = max(_MANY_PATHS, 2 * len(self._paths))

    def _find(self, asked: Asked) -> Snapshot | None:
        if asked.path not in self._paths:
            return None
        kept = self._store.kept
        try:  # done for each request: the cache's `get` takes twice as long
            return kept[self._key(asked, bound=False)]
        except KeyError:
            return kept.get(self._key(asked, bound=True))

    def _key(self, asked: Asked, *, bound: bool) -> SnapshotKey:
        root = asked.root if bound else ""
        return SnapshotKey(self._shelf, asked.path, asked.query, root)


def _reply(snapshot: Snapshot, now: float, cache: CacheStatus) -> PlaylistReply:
    age, reply = int(now - snapshot.born_at), snapshot.reply
    if reply is None or reply.age != age or reply.cache is not cache:
        reply = PlaylistReply(
            snapshot.body, snapshot.headers, age=age, forms=snapshot.forms, cache=cache
        )
        snapshot.reply = reply
    return reply


def _sharing(loaded: Loaded) -> Reuse:
    facts = loaded.facts
    return sharing_of(
        loaded.headers,
        target_seconds=loaded.target_seconds,
        media=not facts.multivariant,
        live=not facts.ended,
    )
