"""Two workers share logins, tokens and failures."""

import asyncio
from collections.abc import Callable

import pytest

from proxy.core.tokens.refresh.refresh_policy import WATCH_SECONDS
from proxy.errors import SourceError
from proxy.settings import Settings
from tests.fake_clock import FakeClock
from tests.tokens.token_server import Asked, Says, says, token_server
from tests.workers.channels import until
from tests.workers.test_issuer.services import Rotating, http, login
from tests.workers.test_issuer.stage import stage, until_value, value


async def test_two_workers_use_a_login_once(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """At the start, at a refusal, and when the other worker replaced the token."""
    async with (
        token_server(clock, Rotating()) as server,
        stage(login(server.url), read, clock) as both,
    ):
        one, two = both.one.keeper(), both.two.keeper()
        values = await asyncio.gather(*map(value, (one, two)))
        assert values == ["access1", "access1"]
        first = await one.token()
        newer = await asyncio.gather(one.refused(first), two.refused(await two.token()))
        assert [each.token.fields["token"] for each in newer] == ["access2", "access2"]
        assert len(server.asked) == 2
        # Each attempt is counted where it was made, not where its result arrives.
        marks = [
            refresh.elsewhere
            for each in (both.one, both.two)
            for refresh in each.reports.all
        ]
        assert sorted(marks) == [False, False, True, True]


async def test_the_other_worker_gets_a_newer_token(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """Services may revoke the old one at once; within seconds it is not sent."""
    async with (
        token_server(clock, Rotating()) as server,
        stage(login(server.url), read, clock) as both,
    ):
        one, two = both.one.keeper(), both.two.keeper()
        values = await asyncio.gather(*map(value, (one, two)))
        assert values == ["access1", "access1"]
        before = two.fingerprint()
        await one.refused(await one.token())
        await until(lambda: two.fingerprint() != before)
        await clock.advance(WATCH_SECONDS)
        await until_value(two, "access2")
        # Results of its own requests are no news for this worker.
        again = two.fingerprint()
        await clock.advance(WATCH_SECONDS)
        await value(two)
        assert two.fingerprint() == again
        assert len(server.asked) == 2


async def test_a_failure_keeps_its_message_and_costs_one_call(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """Also its Retry-After, which the keepers of both obey."""
    slow = says({"error": "slow_down"}, 429, **{"Retry-After": "120"})
    async with (
        token_server(clock, slow) as server,
        stage(login(server.url), read, clock) as both,
    ):
        for each in (both.one, both.two):
            with pytest.raises(Exception, match="429") as caught:
                await each.keeper().token()
            assert caught.value.retry_after == pytest.approx(120, abs=1)  # type: ignore[attr-defined]
        assert len(server.asked) == 1


async def test_members_of_a_family_have_their_own_tokens(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """One each, in any worker; secrets that were sent are known."""

    def answer(asked: Asked) -> Says:
        return says({"t": f"for {asked.path[3:]}", "s": 600})

    async with (
        token_server(clock, answer) as server,
        stage(http(server.url, member="/{id}"), read, clock) as both,
    ):
        keepers = [
            worker.keeper(f"lobby/{member}")
            for member in ("a", "b")
            for worker in (both.one, both.two)
        ]
        values = await asyncio.gather(*map(value, keepers))
        assert values == ["for a", "for a", "for b", "for b"]
        assert len(server.asked) == 2
        assert all("r0" in keeper.paid for keeper in keepers)


async def test_a_request_about_an_unknown_stream_is_answered(
    read: Callable[[str], Settings], clock: FakeClock
) -> None:
    """A closed or unknown stream, or one without a token."""
    async with stage(
        '[streams.lobby]\nurl = "http://127.0.0.1:9/v"\n', read, clock
    ) as both:
        for body in ({"epoch": 1, "local": "lobby"}, {"epoch": 1, "local": "../x"}):
            both.issuer.heard(1, "open", {"number": 5, **body})
            with pytest.raises(SourceError):
                await both.issuer.answer(1, "token", {"number": 5, "known": 0})
        with pytest.raises(SourceError, match="its stream is closed"):
            await both.issuer.answer(1, "token", {"number": 6, "known": 0})
        both.issuer.heard(1, "back", {"number": 6})
        both.issuer.heard(1, "close", {"number": 6})
