"""The report about an exchange."""

from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.events.upstream import Exchange
from proxy.upstream.meter import Meter
from tests.upstream.asking import QuickClock


async def test_an_exchange_is_reported_once_with_its_time() -> None:
    """From its beginning to its first end."""
    told: list[Exchange] = []
    clock = QuickClock()
    meter = Meter("lobby", Kind.KEY, clock=clock, report=told.append)
    await clock.sleep(0.5)
    meter.head_came(hedged=False)
    await clock.sleep(1.0)
    meter.tell(200, Blame.INCOMPLETE, received=7)
    meter.tell(200)
    assert told == [Exchange("lobby", Kind.KEY, 200, Blame.INCOMPLETE, 0.5, 1.5, 7)]


async def test_without_an_answer_the_time_to_the_failure_is_reported() -> None:
    """Somebody waited for the head, although it never came."""
    told: list[Exchange] = []
    clock = QuickClock()
    meter = Meter("lobby", Kind.KEY, clock=clock, report=told.append)
    await clock.sleep(5.0)
    meter.tell(None, Blame.READ_TIMEOUT)
    assert told == [Exchange("lobby", Kind.KEY, None, Blame.READ_TIMEOUT, 5.0, 5.0, 0)]
