"""Metrics about the store, read when metrics are requested."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from prometheus_client.metrics_core import Metric

from proxy.metrics.tally import counter, gauge


class StreamReading(Protocol):
    """What the store has done for one stream."""

    hits: int
    stale: int
    misses: int
    joins: int
    bypasses: int
    ahead: int
    fetched_ahead: int
    saved_bytes: int
    kept: int
    unkept: int
    failed: int
    abandoned: int
    filling: int
    following: int


class StoreReading(Protocol):
    """What the store holds now."""

    @property
    def bytes(self) -> int:
        """How many bytes it holds."""
        ...

    @property
    def budget_bytes(self) -> int:
        """How many bytes it may hold."""
        ...

    @property
    def entries(self) -> int:
        """How many resources it holds."""
        ...

    @property
    def evictions(self) -> int:
        """How many resources it has dropped to make room."""
        ...


class StoreMetrics:
    """The metrics of the store and of each stream that uses it."""

    def __init__(
        self,
        streams: Callable[[], Mapping[str, StreamReading]],
        store: Callable[[], StoreReading],
    ) -> None:
        self._streams = streams
        self._store = store
        self._requests = counter(
            "store_requests", "Requests for media, by its source", "stream", "outcome"
        )
        self._saved = counter(
            "store_saved_bytes", "Bytes for players that were not fetched", "stream"
        )
        self._fills = counter(
            "store_fills", "Fetches of media for all players", "stream", "outcome"
        )
        self._ahead = counter(
            "store_ahead", "Such fetches that began before a player asked", "stream"
        )
        self._filling = gauge("store_filling", "Such fetches under way", "stream")
        self._following = gauge(
            "store_followers", "Players that follow such a fetch", "stream"
        )
        self._bytes = gauge("store_bytes", "Bytes of media that are kept")
        self._budget = gauge("store_budget_bytes", "Bytes of media that may be kept")
        self._entries = gauge("store_entries", "Resources that are kept")
        self._evictions = counter(
            "store_evictions", "Resources that were dropped to make room"
        )
        self._of_streams = (
            *(self._requests, self._saved, self._fills),
            *(self._ahead, self._filling, self._following),
        )
        self._of_all = (self._bytes, self._budget, self._entries, self._evictions)

    def collect(self) -> Iterator[Metric]:
        """Read everything, and yield the metrics."""
        for each in self._of_streams:
            each.clear()
        for name, counts in self._streams().items():
            self._note(name, counts)
        held = self._store()
        self._bytes.set(held.bytes)
        self._budget.set(held.budget_bytes)
        self._entries.set(held.entries)
        self._evictions.set(held.evictions)
        for each in (*self._of_streams, *self._of_all):
            yield from each.collect()

    def _note(self, name: str, counts: StreamReading) -> None:
        """Set the values of a stream; counts of zero get no series."""
        requests = {
            "hit": counts.hits,
            "stale": counts.stale,
            "miss": counts.misses,
            "join": counts.joins,
            "bypass": counts.bypasses,
            "ahead": counts.ahead,
        }
        fills = {
            "kept": counts.kept,
            "unkept": counts.unkept,
            "failed": counts.failed,
            "abandoned": counts.abandoned,
        }
        for tally, values in ((self._requests, requests), (self._fills, fills)):
            for outcome, value in values.items():
                if value:
                    tally.set(value, name, outcome)
        if any(requests.values()):
            self._saved.set(counts.saved_bytes, name)
            self._ahead.set(counts.fetched_ahead, name)
            self._filling.set(counts.filling, name)
            self._following.set(counts.following, name)
