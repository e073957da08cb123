"""The platform on its ports: requests are judged as sent, Date shows its clock."""

import aiohttp
from yarl import URL

from tests.fake_clock import FakeClock
from tests.providers.emulation.platform import Platform
from tests.providers.emulation.server import emulated
from tests.providers.emulation.service import TokenService


async def test_a_target_is_kept_as_it_was_sent() -> None:
    """With its escapes and order; header fields too."""
    async with (
        emulated(Platform(), clock=FakeClock(0.0)) as one,
        aiohttp.ClientSession() as session,
    ):
        url = URL(f"{one.bases['home']}/a%2Fb%2B?x=%3D&y", encoded=True)
        async with session.get(url, headers={"X-Token": "T"}) as answer:
            assert answer.status == 404
            assert answer.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
        (seen,) = one.record.seen
        assert seen.ask.target == "/a%2Fb%2B?x=%3D&y"
        assert seen.ask.headers["x-token"] == "T"
        assert seen.ask.client == "127.0.0.1"


async def test_a_token_service_has_a_port_of_its_own() -> None:
    """Its requests are not part of the platform's record."""
    service = TokenService("/token", lambda _: True)
    async with (
        emulated(Platform(), clock=FakeClock(), services=(service,)) as one,
        aiohttp.ClientSession() as session,
    ):
        assert one.bases["api"] != one.bases["home"]
        async with session.post(f"{one.bases['api']}/token") as answer:
            assert (await answer.json())["access_token"] in service.known.issued
        assert one.record.seen == []
