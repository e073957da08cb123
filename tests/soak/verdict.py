"""Compares the results with what is promised. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import linear_regression
from typing import TypeVar

from proxy.demo.player import StreamReport
from proxy.demo.record import Record, Refusal
from tests.soak.process import Sample

K = TypeVar("K", bound=str)

MOST_GROWTH_MIB = 2.0
"""From the first third after the warm-up to the last third. Python's arenas vary by
half of one in ten minutes; a leak of 300 bytes per request adds up to more."""

MOST_MORE = 10
"""More tasks and descriptors, over the same time, comparing the lowest values."""

_WARM_UP = 0.3
_TOKENS = (Refusal.EXPIRED_TOKEN, Refusal.MISSING_TOKEN, Refusal.BAD_TOKEN)


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over time. The lowest values count: requests only raise it briefly."""

    name: str
    before: float
    """The lowest value of the first third after the warm-up."""
    after: float
    """The lowest value of the last third."""
    per_hour: float

    def line(self) -> str:
        """Return the trend as text."""
        growth = f"{self.per_hour:+.1f} an hour"
        return f"{self.name}: {self.before:.1f} -> {self.after:.1f} ({growth})"


def trend(name: str, samples: Sequence[Sample], values: Sequence[float]) -> Trend:
    """Return the trend of a figure after the warm-up."""
    skipped = int(len(samples) * _WARM_UP)
    times, kept = [s.at for s in samples][skipped:], list(values)[skipped:]
    third = max(1, len(kept) // 3)
    slope = linear_regression(times, kept).slope if len(set(times)) > 1 else 0.0
    return Trend(name, min(kept[:third]), min(kept[-third:]), slope * 3600)


def trends(samples: Sequence[Sample]) -> tuple[Trend, Trend, Trend]:
    """Return the trends of memory, tasks and descriptors."""
    return (
        trend("memory, MiB", samples, [s.rss for s in samples]),
        trend("tasks", samples, [s.tasks for s in samples]),
        trend("descriptors", samples, [s.descriptors for s in samples]),
    )


def broken_promises(
    streams: Sequence[StreamReport],
    record: Record,
    refreshes: Mapping[str, int],
    samples: Sequence[Sample],
) -> Iterator[str]:
    """Yield the promises broken while a service came and went; none means a pass."""
    if not refreshes.get("failed"):
        yield "no attempt to get a token failed: nothing was tried"
    yield from noticed_promises(streams, record, samples)


def noticed_promises(
    streams: Sequence[StreamReport], record: Record, samples: Sequence[Sample]
) -> Iterator[str]:
    """Yield what a viewer, an origin or the machine noticed; none means a pass."""
    for stream in streams:
        yield from _noticed(stream)
    for refusal in _TOKENS:
        if times := record.refusals.get(refusal, 0):
            yield f"the origin saw {times} x {refusal}"
    if record.stray_tokens:
        yield f"{record.stray_tokens} tokens went where none belongs"
    yield from _grown(samples)


def _noticed(stream: StreamReport) -> Iterator[str]:
    if not stream.segments:
        yield f"{stream.name} did not play"
    for what, times in stream.failures.items():
        yield f"{stream.name}: a viewer noticed {times} x {what}"


def _grown(samples: Sequence[Sample]) -> Iterator[str]:
    memory, tasks, descriptors = trends(samples)
    if memory.after - memory.before > MOST_GROWTH_MIB:
        yield f"memory grew: {memory.line()}"
    for each in (tasks, descriptors):
        if each.after - each.before > MOST_MORE:
            yield f"not flat: {each.line()}"


def counts(counts: Mapping[K, int]) -> str:
    """Return the counts as text."""
    return ", ".join(f"{number} {what}" for what, number in counts.items()) or "none"
