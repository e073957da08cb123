"""Bad answers replace no token, and cause few calls (R5, R7, L13)."""

import asyncio
import json
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path

import jwt
import pytest

from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import ServiceQueue
from proxy.tokens.turns.turn import Turn
from tests.contract.test_token_service_faults.stage import (
    GOOD,
    HOPELESS,
    KINDS,
    NOW,
    Script,
    source_of,
    stage,
)
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.scripted import Reports, asking, gaps, keeper_of
from tests.tokens.token_server import Says, client, says, token_server, until

KEY = "canary-" * 5


def token_with(**claims: object) -> Says:
    """Return an answer whose token is a JWT, without any other expiry."""
    made = jwt.encode(claims, KEY)
    return says({**GOOD, "access_token": made, "expires_in": 3600})


BAD = {
    "empty": Says(b""),
    "HTML": Says(b"<html>", headers={"Content-Type": "text/html"}),
    "no access_token": says({"token_type": "Bearer", "expires_in": 60}),
    "expires_in 0": says({**GOOD, "access_token": "bad", "expires_in": 0}),
    "expires_in -1": says({**GOOD, "access_token": "bad", "expires_in": -1}),
    "expires_in abc": says({**GOOD, "access_token": "bad", "expires_in": "abc"}),
    "expires_in 1e18": says({**GOOD, "access_token": "bad", "expires_in": 1e18}),
    "an expired JWT": token_with(iat=NOW - 120, exp=NOW - 60),
    "a JWT without sense": token_with(exp=0),
    "10 MB": Says(json.dumps({**GOOD, "pad": "x" * 10_000_000}).encode()),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", BAD)
async def test_r5_a_bad_answer_never_replaces_a_good_token(kind: str, bad: str) -> None:
    """It counts as a failure, the old token stays in use, and the service recovers."""
    async with stage(kind) as at:
        at.script.now = BAD[bad]
        await at.passes(55, step=2.5)
        assert await at.value() == "good"
        assert at.reports.outcomes["failed"] >= 3
        assert at.reports.outcomes["refreshed"] == 1
        at.script.now = says({**GOOD, "access_token": "better"})
        await at.passes(5, step=1)
        assert await at.value() == "better"


USELESS = {
    "302": Says(b"", 302, {"Location": "/login"}),
    **{name: BAD[name] for name in ("expires_in 0", "expires_in -1", "an expired JWT")},
}


@pytest.mark.parametrize("useless", USELESS)
async def test_r4_all_members_together_call_a_failing_service_like_one_stream(
    useless: str,
) -> None:
    """Twelve ids, each requested twice a second: a burst, then 30 calls a minute."""
    clock, reports, script = FakeClock(NOW), Reports(), Script(FakeClock(NOW))
    script.clock, script.now = clock, USELESS[useless]
    turns, allowance = ServiceQueue(clock=clock), Allowance(clock=clock)
    allowance.shared = True
    async with token_server(clock, script) as server, client(clock) as way:
        source = source_of("http", server.url, way, None)
        members = [
            keeper_of(source, clock, reports, seed=seed, turn=Turn(turns, allowance))
            for seed in range(12)
        ]
        players = []
        for _ in range(180):
            players += [asyncio.create_task(asking(clock, m.token)) for m in members]
            await clock.advance(0.5)
            await until(lambda: len(reports.all) == len(script.at))
        for player in players:
            player.cancel()
        for member in members:
            await member.close()
    assert len(script.at) >= 20
    assert all(sum(at <= one < at + 60 for one in script.at) <= 42 for at in script.at)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_r7_a_service_that_asks_us_to_wait_is_left_alone(
    kind: str, status: int, form: str
) -> None:
    """For 20 s each time, as long as the token lasts."""
    async with stage(kind) as at:

        def busy(_: object) -> Says:
            until_then = formatdate(at.clock.wall() + 20, usegmt=True)
            wait = "20" if form == "seconds" else until_then
            return says({}, status, **{"Retry-After": wait})

        at.script.now = says({**GOOD, "expires_in": 300})
        await at.passes(50, step=5)
        at.script.now = busy
        await at.passes(220, step=5)
        await at.passes(60, step=1)
        begun, *busy_at = at.script.at[1:]
        waits = gaps([each for each in busy_at if each < begun + 295])
        assert await at.value() == "good"
    assert len(waits) >= 2
    assert all(20 <= wait <= 21 for wait in waits)


async def test_l13_a_rotated_refresh_token_is_used_once(tmp_path: Path) -> None:
    """Half an hour of one-minute tokens; using one twice would end the login for good.

    Every fourth answer brings the next refresh token, but no usable access token.
    """
    path = secret(tmp_path / "login", b"r0")
    async with stage("refresh_token", path=path) as at:
        used = ["r0"]

        def rotating(form: Mapping[str, str]) -> Says:
            if form["refresh_token"] != f"r{len(used) - 1}":
                return HOPELESS
            used.append(form["refresh_token"])
            lives = "abc" if len(used) % 4 == 0 else 60
            answer = {**GOOD, "expires_in": lives, "access_token": f"t{len(used)}"}
            return says({**answer, "refresh_token": f"r{len(used) - 1}"})

        at.script.now = rotating
        for _ in range(360):
            await at.passes(5, step=5)
            assert path.read_text() == f"r{len(used) - 1}"
            assert at.keeper.usable
    assert len(used) >= 40
    assert at.reports.outcomes["failed"] == len(used) // 4
