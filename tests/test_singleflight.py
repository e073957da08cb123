"""Equal requests at the same time are answered once."""

import asyncio

import pytest

from proxy.singleflight import SingleFlight


class Kitchen:
    """Cooks one dish at a time, when a test says so."""

    def __init__(self) -> None:
        self.orders = 0
        self.ready = asyncio.Event()
        self.thrown_away = 0

    async def cook(self) -> str:
        """Cook, and count orders and cancellations."""
        self.orders += 1
        try:
            await self.ready.wait()
        except asyncio.CancelledError:
            self.thrown_away += 1
            raise
        return "soup"


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_equal_requests_share_one_flight() -> None:
    """Two hundred ask, one dish is cooked, all get it."""
    kitchen, flight = Kitchen(), SingleFlight[str, str]("test")
    guests = [asyncio.create_task(flight.do("soup", kitchen.cook)) for _ in range(200)]
    await _settle()
    kitchen.ready.set()
    assert set(await asyncio.gather(*guests)) == {"soup"}
    assert kitchen.orders == 1


async def test_a_waiter_that_leaves_does_not_disturb_others() -> None:
    """199 of 200 leave; the last one is served by the same flight."""
    kitchen, flight = Kitchen(), SingleFlight[str, str]("test")
    guests = [asyncio.create_task(flight.do("soup", kitchen.cook)) for _ in range(200)]
    await _settle()
    for guest in guests[1:]:
        guest.cancel()
    await _settle()
    kitchen.ready.set()
    assert await guests[0] == "soup"
    assert (kitchen.orders, kitchen.thrown_away) == (1, 0)


async def test_the_last_to_leave_ends_the_flight() -> None:
    """The work is cancelled, and the next request starts it anew."""
    kitchen, flight = Kitchen(), SingleFlight[str, str]("test")
    guest = asyncio.create_task(flight.do("soup", kitchen.cook))
    await _settle()
    guest.cancel()
    await _settle()
    assert kitchen.thrown_away == 1
    kitchen.ready.set()
    assert await flight.do("soup", kitchen.cook) == "soup"
    assert kitchen.orders == 2


async def test_a_request_while_a_cancelled_flight_ends_gets_a_new_one() -> None:
    """A cancelled flight that has not ended accepts nobody."""
    kitchen, flight = Kitchen(), SingleFlight[str, str]("test")
    guest = asyncio.create_task(flight.do("soup", kitchen.cook))
    await _settle()
    guest.cancel()
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert await flight.do("soup", kitchen.cook) == "soup"


async def test_an_error_reaches_every_waiter() -> None:
    """All who wait get the error; the next request starts anew."""
    flight = SingleFlight[str, str]("test")
    started = asyncio.Event()

    async def burn() -> str:
        await started.wait()
        raise ValueError

    guests = [asyncio.create_task(flight.do("soup", burn)) for _ in range(3)]
    await _settle()
    started.set()
    results = await asyncio.gather(*guests, return_exceptions=True)
    assert [type(result) for result in results] == [ValueError] * 3


async def test_different_requests_have_different_flights() -> None:
    """Another key is another flight."""
    kitchen, flight = Kitchen(), SingleFlight[str, str]("test")
    kitchen.ready.set()
    await asyncio.gather(flight.do("a", kitchen.cook), flight.do("b", kitchen.cook))
    assert kitchen.orders == 2


@pytest.mark.parametrize("key", ["a", "b"])
async def test_a_finished_flight_is_not_kept(key: str) -> None:
    """Results are shared while they are made, and not afterwards."""
    kitchen, flight = Kitchen(), SingleFlight[str, str]("test")
    kitchen.ready.set()
    await flight.do(key, kitchen.cook)
    await flight.do(key, kitchen.cook)
    assert kitchen.orders == 2
