"""Joins the sinks of events: the only place that knows all of them."""

from dataclasses import dataclass, field

from proxy.events.event import Event, Tell
from proxy.observe.last_problem import LastProblem


@dataclass(frozen=True, slots=True)
class StreamSinks:
    """What takes the events of one stream, or of all members of a family."""

    tell: Tell
    problem: LastProblem = field(default_factory=LastProblem)


class Sinks:
    """Hands every event to all of the sinks, in their order."""

    def __init__(self, *sinks: Tell) -> None:
        self._sinks = sinks

    def tell(self, event: Event) -> None:
        """Hand an event on."""
        for sink in self._sinks:
            sink(event)

    def of_stream(self) -> StreamSinks:
        """Return the same with a memory of the last problem, for one stream."""
        problem = LastProblem()
        return StreamSinks(Sinks(*self._sinks, problem).tell, problem)
