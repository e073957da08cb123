"""Connects the sinks of events; no other module knows all of them."""

from dataclasses import dataclass, field

from proxy.events.event import Event, Tell
from proxy.observe.last_problem import LastProblem
from proxy.sharing.store_counts import StoreCounts


@dataclass(frozen=True, slots=True)
class StreamSinks:
    """The sinks for the events of one stream, or of all members of a family."""

    tell: Tell
    problem: LastProblem = field(default_factory=LastProblem)
    stored: StoreCounts = field(default_factory=StoreCounts)
    """Counts what the store does for it."""


class Sinks:
    """Passes every event to all of the sinks, in their order."""

    def __init__(self, *sinks: Tell) -> None:
        self._sinks = sinks
        self.stored: dict[str, StoreCounts] = {}
        """What the store did for each stream, removed ones included."""

    def tell(self, event: Event) -> None:
        """Pass an event to all sinks."""
        for sink in self._sinks:
            sink(event)

    def of_stream(self, name: str) -> StreamSinks:
        """Return sinks for one stream, which also remember its last problem.

        Counts go on where they were, also if it was removed and has come back.
        """
        problem = LastProblem()
        stored = self.stored.setdefault(name, StoreCounts())
        return StreamSinks(Sinks(*self._sinks, problem).tell, problem, stored)
