"""Lines that fail and recover: wires, gates, and a short outage with a player."""

import asyncio
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from proxy.clock import Clock, SystemClock
from proxy.errors import StartError
from tests.lines.__main__ import chosen, main, table
from tests.lines.cases import CASES, Case
from tests.lines.gate import Gate, State, gate
from tests.lines.line import FAR, NEAR, NEAR_NEXT, Line, line
from tests.lines.namespace import require
from tests.lines.scene import Figures, played
from tests.lines.viewer import Noticed
from tests.lines.wire import Wire

PATIENCE = 5.0


def _why_not() -> str:
    try:
        require()
    except StartError as error:
        return str(error)
    return ""


as_root = pytest.mark.skipif(bool(_why_not()), reason=_why_not())


def seeded() -> random.Random:
    """Return draws that are the same in every run."""
    return random.Random(1)  # noqa: S311 - no secret depends on it


def test_a_wire_carries_packets_one_after_another() -> None:
    """Each waits for those before it, then needs its time on the line."""
    wire = Wire(seeded(), delay=1.0, rate=100.0)
    assert [wire.arrival(50, 10.0) for _ in range(3)] == [11.5, 12.0, 12.5]
    assert wire.arrival(50, 20.0) == 21.5


def test_packets_without_room_in_the_queue_are_lost() -> None:
    """The last ones, as in any router."""
    wire = Wire(seeded(), delay=1.0, rate=100.0, queue=100)
    assert [wire.arrival(100, 0.0) for _ in range(3)] == [2.0, 3.0, None]
    assert wire.arrival(100, 1.0) == 4.0


def test_the_configured_share_of_packets_is_lost() -> None:
    """By chance; the order of the others stays."""
    wire = Wire(seeded(), loss=0.1, queue=1 << 30)
    lost = sum(wire.arrival(100, 0.0) is None for _ in range(10_000))
    assert 900 < lost < 1100


@asynccontextmanager
async def gated(
    slow_seconds: float = PATIENCE,
) -> AsyncIterator[tuple[Gate, aiohttp.ClientSession]]:
    """Open a gate before an origin that says hello, and yield a player."""

    async def hello(request: web.BaseRequest) -> web.StreamResponse:
        del request
        return web.Response(text="hello")

    runner = web.ServerRunner(web.Server(hello, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bind = partial(socket.create_server, backlog=8)
    try:
        async with (
            gate(
                lambda port: bind(("127.0.0.1", port)),
                runner.addresses[0][1],
                slow_seconds=slow_seconds,
            ) as one,
            aiohttp.ClientSession(one.url) as player,
        ):
            yield one, player
    finally:
        await runner.cleanup()


async def got(player: aiohttp.ClientSession) -> str:
    """Return a player's answer."""
    try:
        async with player.post("/", data=b"") as answer:
            return await answer.text() if answer.ok else str(answer.status)
    except aiohttp.ClientError as error:
        return type(error).__name__


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.REFUSED, {"ClientConnectorError"}),
        (State.RESET, {"ClientOSError", "ServerDisconnectedError"}),
        (State.UNAVAILABLE, {"503"}),
    ],
)
async def test_an_origin_is_away_and_comes_back(
    state: State, expected: set[str]
) -> None:
    """On the same port; its kept connections close with it."""
    async with asyncio.timeout(PATIENCE), gated() as (one, player):
        assert await got(player) == "hello"
        await one.change(state)
        # The first may find the connection that was just reset.
        assert {await got(player) for _ in range(3)} <= expected | {"ClientOSError"}
        assert await got(player) in expected
        await one.change(State.OPEN)
        assert await got(player) == "hello"


async def test_a_slow_origin_answers_late() -> None:
    """To each request, but it answers."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE), gated(0.3) as (one, player):
        await one.change(State.SLOW)
        began = loop.time()
        assert await got(player) == "hello"
        assert loop.time() - began >= 0.3


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tun": Path("/nowhere/tun")}, "there is no /nowhere/tun; want the module"),
        ({"user": 1000}, "not root; want root, which may make networks"),
        ({"programs": "/nowhere"}, "there is no ip; want Debian's iproute2"),
    ],
)
@as_root
def test_a_missing_requirement_is_reported(
    changes: dict[str, object], problem: str
) -> None:
    """With advice how to get it."""
    with pytest.raises(StartError, match=problem):
        require(**changes)  # type: ignore[arg-type]


def test_an_unknown_case_is_reported_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """If the machine can make lines; otherwise that is reported, also in one line."""
    assert main(["cut-9"]) == 2
    assert capsys.readouterr().err.startswith("lines: ")


def test_cases_are_chosen_by_name() -> None:
    """All by default; an unknown name is reported."""
    assert chosen([]) == CASES
    assert [case.name for case in chosen(["cut-10", "address"])] == [
        "cut-10",
        "address",
    ]
    with pytest.raises(StartError, match="cut-9: no such case; want cut-10, cut-45"):
        chosen(["cut-9"])


@pytest.mark.parametrize(
    ("noticed", "back", "holds"),
    [
        (Noticed(waited=8.2), 1.0, True),
        (Noticed(waited=8.3), 1.0, False),
        (Noticed(waited=1.0), 1.1, False),
        (Noticed(waited=1.0), None, False),
        (Noticed(waited=1.0, failures=Counter({"502": 1})), 1.0, False),
    ],
)
def test_a_case_passes_within_its_limits(
    noticed: Noticed, back: float | None, *, holds: bool
) -> None:
    """For the wait, the time until new data, and failed answers."""
    case = replace(CASES[-1], most_back=1.0, bridged=True)
    figures = Figures(case, noticed, back)
    assert figures.holds is holds
    assert ("MISSED" in table([figures])[-1]) is not holds


async def seen_from_far(one: Line, server: socket.socket, seconds: float) -> str:
    """Connect from near to far; return the address seen there, empty if too late."""
    loop = asyncio.get_running_loop()
    with one.near.run(socket.socket) as near:
        near.setblocking(False)  # noqa: FBT003 - the socket's own
        try:
            async with asyncio.timeout(seconds):
                await loop.sock_connect(near, (FAR, server.getsockname()[1]))
                accepted, address = await loop.sock_accept(server)
        except TimeoutError:
            return ""
        accepted.close()
    return str(address[0])


@as_root
async def test_a_line_works_until_it_is_cut() -> None:
    """And again when it is repaired, and from another address."""
    async with line(seeded()) as one:
        with one.listen(0) as server:
            server.setblocking(False)  # noqa: FBT003 - the socket's own
            assert await seen_from_far(one, server, PATIENCE) == NEAR
            one.cut()
            assert await seen_from_far(one, server, 0.3) == ""
            one.mend()
            assert await seen_from_far(one, server, PATIENCE) == NEAR
            one.change_address()
            assert await seen_from_far(one, server, PATIENCE) == NEAR_NEXT


@as_root
async def test_a_short_outage_is_played_through(tmp_path: Path) -> None:
    """The proxy at the near end, the origin at the far one, and their figures."""

    async def fault(line: Line, gate: Gate, clock: Clock) -> None:
        del gate
        line.cut()
        await clock.sleep(1.0)
        line.mend()

    case = Case("short", fault, most_back=PATIENCE)
    figures = await played(case, tmp_path, clock=SystemClock())
    assert figures.noticed.answers > 5
    assert figures.noticed.waited < PATIENCE
    assert figures.back is not None
