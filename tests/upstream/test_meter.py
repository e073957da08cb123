"""The report about an exchange."""

from proxy.core.answers import Blame
from proxy.core.kind import Kind
from proxy.upstream.meter import Meter
from proxy.upstream.question import Exchange
from tests.upstream.asking import QuickClock


async def test_an_exchange_is_told_once_with_its_time() -> None:
    """From its beginning to the first end it comes to."""
    told: list[Exchange] = []
    clock = QuickClock()
    meter = Meter(Kind.KEY, clock=clock, report=told.append)
    await clock.sleep(1.5)
    meter.tell(200, Blame.INCOMPLETE, received=7)
    meter.tell(200)
    assert told == [Exchange(Kind.KEY, 200, Blame.INCOMPLETE, 1.5, 7)]
