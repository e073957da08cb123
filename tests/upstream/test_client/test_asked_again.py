"""Temporary failures are retried, for a limited time."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.kind import Kind
from proxy.deadline import Deadline, until
from proxy.errors import (
    BadAnswerError,
    UnreachableError,
)
from proxy.events.upstream import Exchange
from proxy.upstream.question import ExchangeTimeouts
from tests.faults.fault_proxy import FaultProxy, Toxics
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.origin import origin
from tests.upstream.asking import question, way_to
from tests.upstream.test_client.hops import GONE, NAMES

BUSY = answer(b"", status="503 Busy")


@pytest.mark.parametrize("fault", [BUSY, GONE, Reply(b"", End.FIN)])
async def test_temporary_failures_are_retried(fault: Reply) -> None:
    """Until success, at growing intervals, and every attempt is reported."""
    async with (
        RawOrigin(fault, fault, answer(b"there")) as origin,
        way_to(origin.url()) as way,
    ):
        assert await way.body(question(origin.url())) == b"there"
        assert len(origin.heard) == len(way.told) == 3
        assert way.told[-1] == Exchange("lobby", Kind.SEGMENT, 200, None, 0.0, 0.0, 5)
        assert len(way.clock.slept) <= 2
        assert sum(way.clock.slept) < 0.8


async def test_the_time_to_the_head_is_measured_separately() -> None:
    """A player's reading time says nothing about the upstream."""
    async with RawOrigin(answer(b"\0media")) as origin, way_to(origin.url()) as way:
        async with await way.upstream.ask(question(origin.url())) as got:
            way.clock.now += 7.0
            assert await got.read(10) == b"\0media"
        (told,) = way.told
        assert (told.head_seconds, told.seconds) == (0.0, 7.0)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521])
async def test_the_last_temporary_answer_is_returned(status: int) -> None:
    """After 8 s and about ten tries; the caller decides what it means."""
    busy = answer(b"", status=f"{status} Trouble")
    async with RawOrigin(busy) as origin, way_to(origin.url()) as way:
        assert await way.status(question(origin.url())) == status
        assert 7.4 < way.clock.now - 1000 < 8.5
        assert len(origin.heard) == len(way.told) == 10


async def test_a_reset_connection_is_retried_for_eight_seconds() -> None:
    """The first time at once: a kept connection often ends like this."""
    async with RawOrigin(GONE) as origin, way_to(origin.url()) as way:
        with pytest.raises(UnreachableError):
            await way.status(question(origin.url()))
        assert len(origin.heard) == len(way.told) == 27
        assert {told.failure for told in way.told} == {"connection_terminated"}


async def test_a_refused_connection_is_retried_for_eight_seconds() -> None:
    """Nobody listens there."""
    async with RawOrigin(answer()) as origin:
        url = origin.url()
    async with way_to(url) as way:
        with pytest.raises(UnreachableError) as caught:
            await way.status(question(url))
        assert not caught.value.timed_out
        assert {told.failure for told in way.told} == {"connection_refused"}
        assert 7.7 < way.clock.now - 1000 < 8.3


async def test_an_origin_that_comes_back_is_used_at_once() -> None:
    """A restart of 5 s is a delay, not a failure."""
    async with RawOrigin(answer()) as origin:
        url, port = origin.url(), origin.port
    async with way_to(url) as way:
        asked = asyncio.create_task(way.body(question(url)))
        while way.clock.now < 1005:  # noqa: ASYNC110 - the clock has no event
            await asyncio.sleep(0)
        async with RawOrigin(answer(b"back"), port=port):
            assert await asked == b"back"
        assert way.clock.now - 1000 < 6


async def test_lasting_failures_are_reported_at_once() -> None:
    """A certificate does not become valid within 8 s."""
    async with way_to("https://cam.example.com", names=NAMES) as way:
        asked = question("https://cam.example.com/", headers=(("Accept", "a\x01"),))
        with pytest.raises(UnreachableError):
            await way.status(asked)
        assert way.clock.slept == []


async def test_a_deadline_is_shared() -> None:
    """The time that the player has already waited counts."""
    async with RawOrigin(BUSY) as origin, way_to(origin.url()) as way:
        with until(Deadline(1001.0)):
            assert await way.status(question(origin.url())) == 503
        assert len(origin.heard) == 2


@pytest.mark.parametrize(
    ("said", "tries"), [("5", 2), ("9", 1), ("Tue, 01 Jan 2030 00:00:00 GMT", 1)]
)
async def test_retry_after_is_respected(said: str, tries: int) -> None:
    """No earlier retry; if that takes too long, the player gets the answer."""
    busy = answer(b"", f"Retry-After: {said}", status="503 Busy")
    async with RawOrigin(busy) as origin, way_to(origin.url()) as way:
        assert await way.status(question(origin.url())) == 503
        assert len(origin.heard) == tries
        assert sum(way.clock.slept) == pytest.approx(5.0 * (tries - 1))


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize(
    ("kind", "query", "seconds", "once"),
    [
        (Kind.PART, "", 5.5, True),
        (Kind.PART, "", 0.1, False),
        (Kind.PLAYLIST, "?_HLS_msn=7", 5.5, True),
        (Kind.SEGMENT, "", 2.0, False),
    ],
)
async def test_a_wait_that_the_upstream_ended_is_not_repeated(
    kind: Kind, query: str, seconds: float, status: int, *, once: bool
) -> None:
    """The player has waited once; failures that come at once are retried."""
    async with origin() as slow, way_to(slow.url) as way:

        def answer_late(_: web.Request) -> web.Response:
            way.clock.now += seconds
            return web.Response(status=status)

        slow.asks("/x", answer_late)
        heard = await way.status(question(f"{slow.url}/x{query}", kind=kind))
    assert heard == status
    assert (len(slow.asked) == 1) is once


@pytest.mark.parametrize(("kind", "held"), [(Kind.PART, True), (Kind.SEGMENT, False)])
async def test_a_part_may_be_silent_for_longer(kind: Kind, *, held: bool) -> None:
    """It is still being made; a segment must exist already."""
    timeouts = ExchangeTimeouts(read_media=0.03, read_held=30.0)

    async def held_part(_: web.Request) -> web.Response:
        await asyncio.sleep(0.1)
        return web.Response(body=b"part")

    async with origin() as slow, way_to(slow.url, timeouts=timeouts) as way:
        slow.asks("/x", held_part)
        asking = way.body(question(f"{slow.url}/x", kind=kind))
        if held:
            assert await asking == b"part"
        else:
            with pytest.raises(UnreachableError):
                await asking


async def test_a_blocking_reload_that_gave_up_is_final() -> None:
    """RFC 8216bis section 6.2.5.2: 503 after three target durations, and no more."""
    busy = answer(b"", status="503 Busy")
    async with RawOrigin(busy) as origin, way_to(origin.url()) as way:
        for directives in ("_HLS_msn=9", "_HLS_skip=YES"):
            asked = question(origin.url(f"/x?{directives}"), kind=Kind.PLAYLIST)
            assert await way.status(asked) == 503
        assert [heard.target for heard in origin.heard] == [
            "/x?_HLS_msn=9",
            *["/x?_HLS_skip=YES"] * 10,
        ]


async def test_a_blocking_reload_that_breaks_is_retried() -> None:
    """The upstream limits the wait: a second one does not add to it."""
    async with RawOrigin(GONE, answer()) as origin, way_to(origin.url()) as way:
        asked = question(origin.url("/x?_HLS_msn=9"), kind=Kind.PLAYLIST)
        assert await way.status(asked) == 200
        assert len(origin.heard) == 2


@pytest.mark.parametrize("status", [200, 304, 400, 401, 403, 404, 410, 429, 501])
async def test_other_answers_are_final(status: int) -> None:
    """They are not retried."""
    async with (
        RawOrigin(answer(b"", status=f"{status} So")) as origin,
        way_to(origin.url()) as way,
    ):
        assert await way.status(question(origin.url())) == status
        assert len(origin.heard) == 1


async def test_an_outage_causes_few_requests() -> None:
    """However many wait: each sends one, then all together one per second."""
    async with RawOrigin(BUSY) as origin, way_to(origin.url()) as way:
        asked = [question(origin.url(f"/{number}")) for number in range(50)]
        statuses = await asyncio.gather(*map(way.status, asked))
        assert statuses == [503] * 50
        assert len(origin.heard) <= 50 + 10


async def test_a_body_is_never_requested_again() -> None:
    """Once the head was returned, the body is not the client's concern."""
    short = Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", End.RST)
    async with RawOrigin(short) as origin, way_to(origin.url()) as way:
        with pytest.raises(BadAnswerError):
            await way.body(question(origin.url()))
        assert len(origin.heard) == 1


async def test_silence_is_limited() -> None:
    """The limit until the first byte is the same for all, and it is a timeout."""
    async with (
        RawOrigin(Reply(b"", End.HANG)) as origin,
        way_to(origin.url()) as way,
    ):
        silent = pytest.raises(UnreachableError, match="silent for 0 s")
        with until(Deadline(1000.05)), silent as caught:
            await way.status(question(origin.url()))
        assert caught.value.timed_out
        assert [told.failure for told in way.told] == ["connection_read_timeout"]


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.PLAYLIST, "_HLS_msn=9"),
        (Kind.PART, ""),
        (Kind.ASSET_LIST, ""),
    ],
)
async def test_blocking_requests_may_be_silent_for_longer(
    kind: Kind, query: str
) -> None:
    """As long as the upstream waits for what does not exist yet."""
    async with (
        RawOrigin(answer(b"#EXTM3U\n")) as origin,
        FaultProxy(origin.port, Toxics(latency=0.1)) as faults,
    ):
        url = f"http://127.0.0.1:{faults.port}/?{query}"
        async with way_to(url) as way:
            with until(Deadline(1000.05)):
                assert await way.status(question(url, kind=kind)) == 200


async def test_a_playlist_may_be_silent_for_longer_than_media() -> None:
    """A blocking reload is silent."""
    async with (
        RawOrigin(answer(b"#EXTM3U\n")) as origin,
        FaultProxy(origin.port, Toxics(latency=0.1)) as faults,
    ):
        url = f"http://127.0.0.1:{faults.port}/"
        async with way_to(url, timeouts=ExchangeTimeouts(read_media=0.03)) as way:
            assert await way.status(question(url, kind=Kind.PLAYLIST)) == 200


async def test_cancelling_ends_the_wait() -> None:
    """It also closes the connection."""
    async with (
        RawOrigin(Reply(b"", End.HANG)) as origin,
        way_to(origin.url()) as way,
    ):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(way.status(question(origin.url())), 0.05)
        assert len(origin.heard) == 1
