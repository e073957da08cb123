"""The state of the streams, as gauges that are read when metrics are requested."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from prometheus_client.metrics_core import Metric

from proxy.metrics.tally import gauge


class Reading(Protocol):
    """The state of a stream that is read when metrics are requested."""

    @property
    def name(self) -> str:
        """Its configured name."""
        ...

    @property
    def token_seconds_left(self) -> float | None:
        """How many seconds its token may still be used; None if unknown."""
        ...

    @property
    def token_usable(self) -> bool | None:
        """Whether it has a token that may be used now; None if it needs none."""
        ...

    @property
    def token_cold(self) -> bool:
        """Whether nobody needs a fresh token now, so that it may expire."""
        ...

    @property
    def renditions(self) -> int:
        """How many renditions are known."""
        ...

    @property
    def names(self) -> int:
        """How many names its catalog holds."""
        ...


class StreamMetrics:
    """The gauges of every stream, read when metrics are requested."""

    def __init__(self, read: Callable[[], Sequence[Reading]]) -> None:
        self._read = read
        self._left = gauge(
            "token_seconds_left", "Time the current token may still be used", "stream"
        )
        self._usable = gauge(
            "token_usable", "1 if there is a token that may be used now", "stream"
        )
        self._renditions = gauge("renditions", "Renditions known", "stream")
        self._names = gauge("names", "Names in the catalog", "stream")
        self._all = (self._left, self._usable, self._renditions, self._names)

    def collect(self) -> Iterator[Metric]:
        """Read the streams, once for all four, and yield the gauges."""
        for each in self._all:
            each.clear()
        for stream in self._read():
            self._note(stream)
        for each in self._all:
            yield from each.collect()

    def _note(self, stream: Reading) -> None:
        """Set a stream's gauges; leave out a cold token and what was never loaded."""
        name, usable, cold = stream.name, stream.token_usable, stream.token_cold
        if stream.token_seconds_left is not None and not cold:
            self._left.set(round(stream.token_seconds_left, 3), name)
        if usable or (usable is not None and not cold):
            self._usable.set(usable, name)
        if stream.renditions:
            self._renditions.set(stream.renditions, name)
        if stream.names > 1:  # the entry is known from the start
            self._names.set(stream.names, name)
