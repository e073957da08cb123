"""Tests of how kept resources are sent, on the wire."""

import asyncio
import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from proxy.core.http.cache_status import CacheStatus
from proxy.metrics import Metrics
from proxy.replies import MediaReply
from proxy.sharing.kept_body import KeptBody
from proxy.web.app import App
from proxy.web.protocol import Limits
from proxy.web.slow_readers import READ_AHEAD_BYTES, Readers
from tests.streams.kept import Held
from tests.web.fakes import (
    app,
    ask,
    connected,
    cuts,
    lobby,
    parse,
    raw,
    served,
    until,
)

PATH = "/lobby/main/seg1.ts"
TYPE = (("Content-Type", "video/mp2t"),)
SMALL = bytes(range(256)) * 400
LARGE = bytes(range(256)) * 4 * 1024 * 8  # 8 MiB: more than a socket accepts at once
HUGE = 64 << 20


@pytest.fixture(params=["the system", "we", "we, for this file"])
def who_sends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the system send from files, or not at all, or not from these."""
    if request.param == "we":
        monkeypatch.delattr(os, "sendfile", raising=False)
    if request.param == "we, for this file":

        def refuse(*_: int) -> int:
            raise OSError(errno.EINVAL, "not from this file system")

        monkeypatch.setattr(os, "sendfile", refuse, raising=False)
    return str(request.param)


def holding(held: Held, reply: MediaReply | None = None, **more: object) -> App:
    """Return the application before a stream with a kept segment."""
    reply = reply or MediaReply(200, TYPE, KeptBody(held))
    return app(lobby(segment=reply), **more)  # type: ignore[arg-type]


def request(port: int, *, version: str = "1.1", fields: str = "") -> bytes:
    """Return a GET of the segment."""
    head = f"GET {PATH} HTTP/{version}\r\nHost: 127.0.0.1:{port}\r\n"
    return f"{head}{fields}\r\n".encode()


def held_in(where: str, body: bytes, folder: Path) -> Held:
    """Return a kept resource, in a file or in memory."""
    return Held(body, folder if where == "file" else None)


@pytest.mark.parametrize("where", ["memory", "file"])
@pytest.mark.parametrize("body", [b"", b"x", SMALL, LARGE])
@pytest.mark.usefixtures("who_sends")
async def test_a_kept_resource_is_sent_unchanged(
    where: str, body: bytes, tmp_path: Path
) -> None:
    """With its length and its fields, as often as it is requested."""
    held = held_in(where, body, tmp_path)
    async with served(holding(held)) as port:
        data = await raw(port, request(port, fields="Connection: close\r\n"))
        heard = parse(data)
        # Pipelined: each begins after the one before it was sent.
        twice = request(port) + request(port, fields="Connection: close\r\n")
        both = await raw(port, twice)

    assert (heard.status, heard.body) == (200, body)
    assert heard.headers["Content-Length"] == str(len(body))
    assert heard.headers["Content-Type"] == "video/mp2t"
    assert heard.headers["Content-Security-Policy"].startswith("sandbox")
    kept_open, _, rest = both.partition(b"\r\n\r\n")
    assert b"Connection: close" not in kept_open
    assert rest.startswith(body + b"HTTP/1.1 200 OK\r\n")
    assert rest.endswith(b"\r\n\r\n" + body)
    assert held.users == 0


@pytest.mark.parametrize("where", ["memory", "file"])
@pytest.mark.usefixtures("who_sends")
async def test_a_part_is_sent_exactly(where: str, tmp_path: Path) -> None:
    """Positions refer to the resource, wherever it begins in its file."""
    held = held_in(where, SMALL, tmp_path)
    fields = (*TYPE, ("Content-Range", f"bytes 5-99999/{len(SMALL)}"))
    reply = MediaReply(206, fields, KeptBody(held, 5, 100_000))
    async with served(holding(held, reply)) as port:
        heard = await ask(port, PATH)

    assert (heard.status, heard.body) == (206, SMALL[5:100_000])
    assert heard.headers["Content-Length"] == "99995"


async def test_the_system_sends_from_a_file(tmp_path: Path) -> None:
    """No byte passes through the program."""
    held = Held(SMALL, tmp_path)
    async with served(holding(held)) as port:
        heard = parse(await raw(port, request(port, fields="Connection: close\r\n")))

    assert heard.body == SMALL
    assert held.reads == []


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("where", ["memory", "file"])
async def test_an_old_player_gets_it_too(
    version: str, where: str, tmp_path: Path
) -> None:
    """HTTP/1.0, and connections that end with the answer."""
    held = held_in(where, SMALL, tmp_path)
    close = "Connection: close\r\n" if version == "1.1" else ""
    async with served(holding(held)) as port:
        heard = parse(await raw(port, request(port, version=version, fields=close)))

    assert (heard.status, heard.body) == (200, SMALL)
    assert heard.headers["Content-Length"] == str(len(SMALL))


@pytest.mark.parametrize("where", ["memory", "file"])
async def test_head_and_304_have_no_body(where: str, tmp_path: Path) -> None:
    """HEAD has the length of a GET; a 304 has none, because it has no body."""
    held = held_in(where, SMALL, tmp_path)
    unchanged = MediaReply(304, (("ETag", '"a"'),), KeptBody(held, 0, 0))
    async with served(holding(held)) as port:
        head = await ask(port, PATH, method="HEAD")
    async with served(holding(held, unchanged)) as port:
        same = await ask(port, PATH)
        old = await raw(port, request(port, version="1.0"))

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(SMALL))
    for heard in (same, parse(old)):
        assert (heard.status, heard.body) == (304, b"")
        assert heard.headers["ETag"] == '"a"'
        assert "Content-Length" not in heard.headers


@pytest.mark.parametrize("status", [200, 304])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_an_answer_shows_where_it_came_from(status: int, version: str) -> None:
    """Also a 304: one can see what the store did."""
    held, hit = Held(SMALL), CacheStatus(hit=True)
    body = KeptBody(held, 0, len(SMALL) if status == 200 else 0)
    reply = MediaReply(status, TYPE, body, cache=hit, age=7)
    async with served(holding(held, reply)) as port:
        close = "Connection: close\r\n"
        heard = parse(await raw(port, request(port, version=version, fields=close)))
        none = replace(reply, cache=None, age=None)
    async with served(holding(held, none)) as port:
        silent = await ask(port, PATH)

    assert heard.headers["Cache-Status"] == "hls-auth-proxy; hit"
    assert heard.headers["Age"] == "7"
    assert not silent.headers.keys() & {"Cache-Status", "Age"}


@pytest.mark.usefixtures("who_sends")
async def test_i7_a_slow_player_gets_everything(tmp_path: Path) -> None:
    """Slow is not stalled; only a small piece waits for it, not a copy of the file."""
    held = Held(LARGE, tmp_path)
    async with (
        served(holding(held)) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(request(port, fields="Connection: close\r\n"))
        got = bytearray()
        while more := await reader.read(1 << 15):
            got += more
            await asyncio.sleep(0)

    assert bytes(got).endswith(b"\r\n\r\n" + LARGE)
    assert held.users == 0


async def test_a_player_that_stops_reading_uses_almost_no_memory(
    tmp_path: Path,
) -> None:
    """Only a slice; it is disconnected for missing connections, but not for memory."""
    metrics, time = Metrics("0"), [0.0]
    readers = Readers(mono=lambda: time[0], most_bytes=READ_AHEAD_BYTES // 4)
    held = Held(bytes(HUGE), tmp_path)
    async with (
        served(holding(held, metrics=metrics, readers=readers)) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(request(port))
        await until(lambda: readers.waiting == 1)
        time[0] = 3600.0
        async with connected(port) as (_, another):
            another.write(request(port))
            await until(lambda: readers.waiting == 2)
        await until(lambda: held.users == 1)
        assert cuts(metrics) == {"player": 1}
        assert sum(end - start for start, end in held.reads) < 1 << 20
        assert readers.make_room()
        with pytest.raises(ConnectionResetError):
            await reader.read()

    await until(lambda: held.users == 0)
    assert cuts(metrics) == {"player": 1, "stalled": 1}


@pytest.mark.parametrize("read", [0, 1 << 20])
@pytest.mark.usefixtures("who_sends")
async def test_a_player_that_leaves_releases_the_resource(
    read: int, tmp_path: Path
) -> None:
    """While the answer waits for it."""
    metrics = Metrics("0")
    held = Held(bytes(HUGE), tmp_path)
    async with served(holding(held, metrics=metrics)) as port:
        async with connected(port) as (reader, writer):
            writer.write(request(port))
            await reader.readexactly(read)
            await until(lambda: held.users == 1)
        await until(lambda: held.users == 0)

    assert cuts(metrics) == {"player": 1}


@pytest.mark.usefixtures("who_sends")
async def test_i2_a_file_that_became_shorter_is_never_complete(
    tmp_path: Path,
) -> None:
    """The connection ends before the announced end, and nothing is sent after it."""
    metrics = Metrics("0")
    held = Held(SMALL, tmp_path)
    held.cut(1000)
    async with served(holding(held, metrics=metrics)) as port:
        heard = parse(await raw(port, request(port) * 2))

    assert heard.headers["Content-Length"] == str(len(SMALL))
    assert heard.body == SMALL[:1000]
    assert cuts(metrics) == {"upstream": 1}


@pytest.mark.usefixtures("who_sends")
async def test_running_answers_are_finished_when_the_program_stops(
    tmp_path: Path,
) -> None:
    """Within the grace time, however the player reads."""
    held = Held(bytes(HUGE), tmp_path)
    async with served(holding(held), limits=Limits(drain_seconds=5.0)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(port))
        await until(lambda: held.users == 1)
        reading = asyncio.create_task(_read_all(reader))
    got = await reading
    writer.close()
    await writer.wait_closed()

    assert got.endswith(bytes(HUGE))
    assert held.users == 0


async def test_the_slowest_reader_of_a_file_does_not_slow_others(
    tmp_path: Path,
) -> None:
    """One that never reads, and many that do."""
    held = Held(LARGE, tmp_path)
    async with served(holding(held)) as port, connected(port) as (_, stuck):
        stuck.write(request(port))
        await until(lambda: held.users == 1)
        closing = request(port, fields="Connection: close\r\n")
        got = await asyncio.gather(*(raw(port, closing) for _ in range(8)))

    assert all(data.endswith(b"\r\n\r\n" + LARGE) for data in got)


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    got = bytearray()
    while more := await reader.read(1 << 20):
        got += more
        await asyncio.sleep(0)
    return bytes(got)
