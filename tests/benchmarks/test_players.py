"""Crowds of players: how they play, and what their statistics show."""

import asyncio
import json
import math
import urllib.request
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from benchmarks.players.crowd import Crowd
from benchmarks.players.figures import (
    Cpu,
    Figures,
    Noticed,
    percentile,
    requests_per_segment,
)
from benchmarks.players.got import Connection
from benchmarks.players.origin import ENTRY, SEGMENT_SECONDS, origin
from benchmarks.players.table import rows

GOOD = Figures(
    players=2,
    noticed=Noticed(stored=[0.001] * 99 + [0.2]),
    cpu=Cpu(0.1, 0.2, 0.3),
    asked=1.0,
    memory=100_000_000,
    files=200_000_000,
    lag=0.001,
)


async def asked(port: int) -> dict[str, int]:
    """Return the number of requests for each path at the origin."""
    opened = partial(urllib.request.urlopen, f"http://127.0.0.1:{port}/asked")
    with await asyncio.to_thread(opened) as answer:
        return dict(json.load(answer))


async def test_each_player_fetches_each_segment() -> None:
    """From the third last one on, with the playlist before; all are complete."""
    async with asyncio.timeout(SEGMENT_SECONDS), origin() as port:
        crowd = Crowd(port, "/", entry=ENTRY, measuring=True)
        async with crowd.joined(3, 0.5):
            counts = await asked(port)
    assert counts.pop(f"/{ENTRY}") == 3
    assert set(counts.values()) == {3}
    assert requests_per_segment(counts, 0, 10**12) == 3.0
    assert len(crowd.noticed.playlists) == 3
    assert len(crowd.noticed.others) == 9
    assert not crowd.noticed.failures


@pytest.mark.parametrize(
    ("answer", "body", "cache"),
    [
        (b"Content-Length: 5\r\n\r\nhello", b"hello", ""),
        (b"content-length: 0\r\n\r\n", b"", ""),
        (
            (
                b"Transfer-Encoding: chunked\r\nCache-Status: p; hit\r\n\r\n"
                b"5\r\nhello\r\n0\r\n\r\n"
            ),
            b"5\r\nhello\r\n0\r\n\r\n",
            "p; hit",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_an_answer_ends_where_it_declares(
    answer: bytes, body: bytes, cache: str, size: int
) -> None:
    """However it is split; the times are those of its bytes."""
    now = 0.0
    connection = Connection(lambda: now)
    connection.connection_made(_Nowhere())
    got = asyncio.create_task(connection.get("/a"), name="player")
    await asyncio.sleep(0)
    answer = b"HTTP/1.1 200 OK\r\n" + answer
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    for piece in pieces:
        assert not got.done()
        now += 1.0
        connection.data_received(piece)
    one = await got
    assert (one.status, one.body, one.cache) == (200, body, cache)
    assert (one.first, one.whole) == (1.0, float(len(pieces)))


async def test_an_interrupted_answer_raises() -> None:
    """And so does the next request."""
    connection = Connection(lambda: 0.0)
    connection.connection_made(_Nowhere())
    got = asyncio.create_task(connection.get("/a"), name="player")
    await asyncio.sleep(0)
    connection.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
    connection.connection_lost(None)
    for failing in (got, connection.get("/b")):
        with pytest.raises(ConnectionError):
            await failing


def test_percentiles() -> None:
    """The value that this share does not exceed."""
    values = [float(number) for number in range(1, 101)]
    shares = (0.5, 0.99, 1.0)
    assert [percentile(values, share) for share in shares] == [50.0, 99.0, 100.0]
    assert percentile([3.0], 0.99) == 3.0
    assert math.isnan(percentile([], 0.5))


def test_segments_are_grouped_by_their_cache_status() -> None:
    """Those from the store, and all others; late ones are counted."""
    noticed = Noticed()
    noticed.segment(0.1, 1.0, "hls-auth-proxy; hit; ttl=3")
    noticed.segment(0.2, 1.0, "hls-auth-proxy; fwd=uri-miss; collapsed")
    noticed.segment(0.3, SEGMENT_SECONDS + 1.0, "")
    assert (noticed.stored, noticed.others, noticed.late) == ([0.1], [0.2, 0.3], 1)


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        (GOOD, 0),
        (replace(GOOD, asked=1.2), 1),
        (replace(GOOD, asked=math.nan), 1),
        (replace(GOOD, memory=120_000_000), 1),
        (replace(GOOD, noticed=Noticed(stored=[0.06])), 1),
        (replace(GOOD, noticed=Noticed()), 1),
    ],
)
def test_missed_targets_are_marked(figures: Figures, missed: int) -> None:
    """Also if nothing was stored at all."""
    assert sum("MISSED" in row for row in rows(figures)) == missed


def test_shares_of_a_core() -> None:
    """Of the time since the start, not before."""
    assert Cpu(3.0, 1.0, 4.0).since(Cpu(1.0, 1.0, 1.0), 4.0) == Cpu(0.5, 0.0, 0.75)


def test_failures_are_counted() -> None:
    """By kind."""
    noticed = Noticed(failures=Counter({"503": 2, "ConnectionResetError": 1}))
    said = "\n".join(rows(replace(GOOD, noticed=noticed)))
    assert "2 x 503, 1 x ConnectionResetError" in said


class _Nowhere(asyncio.Transport):
    """Accepts writes, and forgets them."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        del data
