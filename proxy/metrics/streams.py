"""The state of the streams: numbers that are read, not counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from proxy.metrics.series import NAMESPACE


class Reading(Protocol):
    """What is read of a stream when the numbers are asked for."""

    @property
    def name(self) -> str:
        """Its configured name."""
        ...

    @property
    def token_seconds_left(self) -> float | None:
        """How long its token may still be used; None if that is not known."""
        ...

    @property
    def token_usable(self) -> bool | None:
        """Whether it has a token that may be used now; None if it needs none."""
        ...

    @property
    def token_cold(self) -> bool:
        """Whether nobody needs a fresh token now, so that one may end."""
        ...

    @property
    def renditions(self) -> int:
        """How many renditions are known."""
        ...

    @property
    def names(self) -> int:
        """How many names its catalog knows."""
        ...


class Streams(Collector):
    """The gauges of every stream, as they are when somebody asks."""

    def __init__(self, read: Callable[[], Sequence[Reading]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Name no series: a registry would read the streams to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read the streams, once for all four."""
        left = _gauge("token_seconds_left", "Time the current token may still be used")
        usable = _gauge("token_usable", "1 if there is a token that may be used now")
        renditions = _gauge("renditions", "Renditions known")
        names = _gauge("names", "Names in the catalog")
        for stream in self._read():
            if stream.token_seconds_left is not None and not stream.token_cold:
                left.add_metric([stream.name], stream.token_seconds_left)
            if stream.token_usable or (
                stream.token_usable is not None and not stream.token_cold
            ):
                usable.add_metric([stream.name], stream.token_usable)
            renditions.add_metric([stream.name], stream.renditions)
            names.add_metric([stream.name], stream.names)
        yield from (left, usable, renditions, names)


def _gauge(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{NAMESPACE}_{name}", about, labels=["stream"])
