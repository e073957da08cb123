"""Two workers act as one program: one login, one configuration, shared metrics."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from proxy.system import sockets
from proxy.system.processes import reload_signal
from tests.end_to_end.test_workers.platform import (
    SEGMENT,
    SEGMENTS,
    TOKEN_SECONDS,
    platform,
    stream,
    text,
)
from tests.end_to_end.test_workers.program import (
    got,
    names,
    number,
    processes,
    program,
    put,
    state,
    until,
)

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here"),
]


async def test_two_workers_are_one_program(config: Path) -> None:
    """A login is used once, names are the same, and metrics are those of all."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        base = two.base
        segments = await names(base, "lobby")
        assert len(segments) == SEGMENTS
        bodies = await asyncio.gather(*map(got, segments))
        assert set(bodies) == {SEGMENT}
        # Both served, each with names that it had to resolve itself.
        await until(lambda: sum(two.workers_of("request").values()) > SEGMENTS)
        served = two.workers_of("request")
        assert set(served) == {1, 2}
        assert origin.grants == 1
        assert origin.misused == []
        assert two.workers_of("token refreshed").total() == 1
        assert await number(base, "token_refreshes_total") == 1
        assert await number(base, "workers") == 2
        pages = await number(
            base, 'player_requests_total{status_class="2xx",stream=""}'
        )
        before = served.total()
        assert await number(base, "player_requests_total") == before + pages + 1
    assert two.workers_of("stopped") == {None: 1}
    assert two.workers_of("listening") == {None: 1}


async def test_a_login_outlives_its_tokens_in_both_workers(config: Path) -> None:
    """Nobody is refused for long, and no refresh token is used twice."""
    async with platform() as origin, program(config, text(origin.url)) as two:
        segments = await names(two.base, "lobby")
        begun = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < begun + 3 * TOKEN_SECONDS:
            await asyncio.gather(*map(got, segments[:4]))
            await asyncio.sleep(0.2)
        assert set(two.workers_of("request")) == {1, 2}
        assert origin.misused == []
        # At about three quarters of its lifetime, whichever of the two asks first.
        assert 3 <= origin.grants <= 6
        assert two.workers_of("token failed").total() == 0


async def test_a_reload_reaches_both(config: Path) -> None:
    """By the signal, reported once; a wrong one changes nothing in either."""
    hang_up = reload_signal()
    assert hang_up is not None
    still = "reload_on_change = false\n"
    async with (
        platform() as origin,
        program(config, text(origin.url, still)) as two,
    ):
        base = two.base
        put(config, text(origin.url, still) + stream("yard", origin.url))
        two.process.send_signal(hang_up)
        await until(
            lambda: two.workers_of("configuration", outcome="applied") == {None: 1}
        )
        for _ in range(3):
            await asyncio.gather(*map(got, (await names(base, "yard"))[:10]))
        served = two.workers_of("request", stream="yard")
        assert set(served) == {1, 2}
        put(config, "[streams")
        two.process.send_signal(hang_up)
        await until(lambda: two.workers_of("configuration refused") == {None: 1})
        for _ in range(8):
            told = (await state(base))["configuration"]
            assert isinstance(told, dict)
            assert told["last_reload"] == "refused"
        assert await number(base, "config_reloads_total") == 2
        # A later worker uses what is in force, not what is in the file.
        victim = (await processes(base))[1]
        os.kill(victim, signal.Signals["SIGKILL"])
        await until(lambda: two.workers_of("worker died").total() == 1)
        seen = len(two.lines)
        while not any(one.get("worker") == 2 for one in two.lines[seen:]):
            await names(base, "yard")
        assert origin.misused == []
