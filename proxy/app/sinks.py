"""Connects the sinks of events; no other module knows all of them."""

from dataclasses import dataclass, field

from proxy.events.event import Event, Tell
from proxy.observe.last_problem import LastProblem


@dataclass(frozen=True, slots=True)
class StreamSinks:
    """The sinks for the events of one stream, or of all members of a family."""

    tell: Tell
    problem: LastProblem = field(default_factory=LastProblem)


class Sinks:
    """Passes every event to all of the sinks, in their order."""

    def __init__(self, *sinks: Tell) -> None:
        self._sinks = sinks

    def tell(self, event: Event) -> None:
        """Pass an event to all sinks."""
        for sink in self._sinks:
            sink(event)

    def of_stream(self) -> StreamSinks:
        """Return sinks for one stream, which also remember its last problem."""
        problem = LastProblem()
        return StreamSinks(Sinks(*self._sinks, problem).tell, problem)
