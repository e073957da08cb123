"""The token is placed when the connection is open."""

import asyncio
import socket

import pytest
from aiohttp.abc import ResolveResult

from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import AddressRefusedError
from tests.fake_clock import FakeClock
from tests.raw_origin import RawOrigin
from tests.upstream.asking import Names, question, way_to
from tests.upstream.test_departure.departing import (
    HOST,
    LIFE,
    MEDIA,
    Ending,
    asked,
)


class SlowNames(Names):
    """Resolves when a test says so."""

    def __init__(self) -> None:
        super().__init__({HOST: "127.0.0.1"})
        self.asked = asyncio.Event()
        self.tell = asyncio.Event()

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,
    ) -> list[ResolveResult]:
        """Return the address, late."""
        self.asked.set()
        await self.tell.wait()
        return await super().resolve(host, port, family)


@pytest.mark.parametrize(
    ("waited", "once", "number"),
    [(0.0, False, 1), (1.0, False, 2), (1.0, True, 1), (LIFE, True, 2)],
    ids=["at once", "later", "later, opens once", "opens once, ended"],
)
async def test_the_token_is_current_when_the_connection_is_open(
    waited: float, number: int, *, once: bool
) -> None:
    """A one-time token counts as spent, and is sent as long as it is valid."""
    clock, names = FakeClock(), SlowNames()
    tokens = Ending(clock, once=once)
    async with RawOrigin(MEDIA) as origin:
        url = origin.url("/a%7e//b", host=HOST)
        async with way_to(url, names=names, clock=clock) as way:
            with asked(way, tokens.question(url)) as asking:
                await names.asked.wait()
                await clock.advance(waited)
                names.tell.set()
                assert await asking == b"\0media"
    [heard] = origin.heard
    assert heard.target == f"/a%7e//b?t={number}"
    assert heard.values("X-Token") == [f"T{number}"]


async def test_a_token_placed_late_is_written_like_one_placed_early() -> None:
    """Byte for byte. It checks code that overrides what aiohttp keeps of a request."""
    clock, names = FakeClock(), SlowNames()
    tokens = Ending(clock)
    headers = (("Range", "bytes=3-"), ("User-Agent", "player/1"), ("Cookie", "a=1"))
    async with RawOrigin(MEDIA) as origin:
        url = origin.url("/%41?b=%2F&&", host=HOST)
        async with way_to(url, names=names, clock=clock) as way:
            with asked(way, tokens.question(url, headers=headers)) as asking:
                await names.asked.wait()
                await clock.advance(LIFE)
                names.tell.set()
                await asking
            await way.body(tokens.question(url, headers=headers))
    late, at_once = origin.heard
    assert late.target == "/%41?b=%2F&&?t=2"
    assert late.raw == at_once.raw


async def test_a_url_from_a_token_may_move_to_another_origin() -> None:
    """The connection to the previous origin is not used."""
    clock, names = FakeClock(), SlowNames()
    ends = clock.wall() + 1
    async with RawOrigin(MEDIA) as before, RawOrigin(MEDIA) as now:
        places = [before.url(host=HOST), now.url(host=HOST)]

        async def again(_: str) -> Stamped:
            return Stamped(places[1], carried=True)

        entry = question(
            places[0],
            stamp=lambda url: Stamped(url, carried=True, until=ends),
            again=again,
        )
        async with way_to(*places, names=names, clock=clock) as way:
            with asked(way, entry) as asking:
                await names.asked.wait()
                await clock.advance(1)
                names.tell.set()
                await asking
    assert (len(before.heard), len(now.heard)) == (0, 1)


async def test_a_url_from_a_token_may_not_move_to_a_forbidden_address() -> None:
    """A later address is judged like the first one."""
    clock, names = FakeClock(), SlowNames()
    ends = clock.wall() + 1

    async def again(_: str) -> Stamped:
        return Stamped("http://169.254.169.254/", carried=True)

    async with RawOrigin(MEDIA) as origin:
        url = origin.url(host=HOST)
        entry = question(
            url, stamp=lambda url: Stamped(url, carried=True, until=ends), again=again
        )
        async with way_to(url, names=names, clock=clock) as way:
            with asked(way, entry) as asking:
                await names.asked.wait()
                await clock.advance(1)
                names.tell.set()
                with pytest.raises(AddressRefusedError):
                    await asking
        assert origin.heard == []
