"""The verdict on the demo."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from proxy.demo.check import CheckReport, HttpFetch, check, exit_code, summary
from proxy.demo.player import Fetched, StreamReport
from proxy.demo.record import Record, Refusal, StreamRecord
from proxy.errors import TruncatedError, UnreachableError
from tests.demo.visitor import Visitor
from tests.fake_clock import FakeClock

GOOD = StreamReport("a", requests=9, playlists=3, segments=5, failures={})
BAD = StreamReport(
    "b", 9, playlists=3, segments=5, failures={"360p: the picture stood still": 2}
)
EMPTY = StreamReport("c", 1, playlists=0, segments=0, failures={})
CLEAN = Record({"a": StreamRecord(9, {Refusal.EXPIRED_CHILD: 1}, 0, 1.25)})
STRAY = Record({"a": StreamRecord(9, {}, 1)})


@pytest.mark.parametrize(
    ("streams", "record", "code"),
    [
        ((GOOD,), CLEAN, 0),
        ((GOOD, BAD), CLEAN, 1),
        ((GOOD, EMPTY), CLEAN, 1),
        ((GOOD,), STRAY, 1),
        ((), CLEAN, 1),
    ],
    ids=["good", "failures", "nothing played", "a stray token", "no streams"],
)
def test_the_verdict(
    streams: tuple[StreamReport, ...], record: Record, code: int
) -> None:
    """It fails if a viewer notices something or a token leaks; refusals are allowed."""
    assert code == exit_code(CheckReport(60.0, streams), record)


def test_the_summary() -> None:
    """What was played, what was noticed, what the origin got."""
    assert summary(CheckReport(60.0, (GOOD, BAD)), CLEAN) == (
        "played 2 streams for 60 s\n"
        "  a: 9 requests, 3 playlists, 5 segments, 0 failures noticed\n"
        "    the origin saw 9 requests, tokens with 1.2 s or more left, 0 stray tokens;"
        " refused: 1 x expired child signature\n"
        "  b: 9 requests, 3 playlists, 5 segments, 2 failures noticed\n"
        "    the origin saw 0 requests, no token, 0 stray tokens; refused: nothing\n"
        "    2 x 360p: the picture stood still\n"
        "failed"
    )


@pytest.fixture
async def base_url(visitor: Visitor) -> AsyncIterator[str]:
    """Serve the bearer streams by their names, like a very simple proxy."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        match request.path:
            case "/cut":
                response = web.StreamResponse(headers={"Content-Length": "10"})
                await response.prepare(request)
                await response.write(b"short")
                if request.transport:
                    request.transport.close()
                return response
            case path:
                url = f"http://front.test/bearer{path.replace('/bearer-', '/demo-')}"
                fetched = await visitor.fetch(url)
                return web.Response(status=fetched.status, body=fetched.body)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_streams_are_played_over_http(base_url: str, clock: FakeClock) -> None:
    """All at once; the report keeps their order."""
    names = ["bearer-vod", "bearer-live"]
    checking = asyncio.create_task(
        check(base_url, names, 0.5, clock=clock), name="check under test"
    )
    while not checking.done():
        await asyncio.wait({checking}, timeout=0.01)
        await clock.advance(0.1)
    report = checking.result()

    assert names == [stream.name for stream in report.streams]
    assert {**report.streams[0].failures, **report.streams[1].failures} == {}
    assert all(stream.segments for stream in report.streams)


async def test_fetching_reports_what_went_wrong(base_url: str) -> None:
    """Cut off, or no answer; an error status is an answer."""
    async with aiohttp.ClientSession() as session:
        fetch = HttpFetch(session)

        assert Fetched(404, b"").status == (await fetch(f"{base_url}/x")).status
        with pytest.raises(TruncatedError):
            await fetch(f"{base_url}/cut")
        with pytest.raises(UnreachableError, match="no answer"):
            await fetch("http://127.0.0.1:1/x")
