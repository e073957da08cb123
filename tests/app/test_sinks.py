"""The sinks of events, joined."""

from proxy.app.sinks import Sinks
from proxy.core.kind import Kind
from proxy.events.event import Event
from tests.observe.exchanges import exchange

REFUSED = exchange(Kind.ENTRY, 403)


def test_every_sink_gets_every_event() -> None:
    """The same value, once."""
    first, second = list[Event](), list[Event]()
    Sinks(first.append, second.append).tell(REFUSED)
    assert first == second == [REFUSED]


def test_each_stream_has_its_own_last_problem() -> None:
    """All other sinks are shared."""
    told = list[Event]()
    sinks = Sinks(told.append)
    one, other = sinks.of_stream("one"), sinks.of_stream("other")
    one.tell(REFUSED)
    assert told == [REFUSED]
    assert one.problem.text == "upstream, entry: status 403"
    assert other.problem.text is None
