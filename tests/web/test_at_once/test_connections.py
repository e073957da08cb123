"""Players that read slowly, leave, or keep an idle connection."""

import asyncio
from pathlib import Path

import pytest

from proxy.metrics import Metrics
from proxy.replies import MediaReply, PlaylistReply
from proxy.sharing.kept_body import KeptBody
from proxy.web.protocol import Limits
from tests.streams.kept import Held
from tests.web.fakes import (
    PLAYLIST,
    FakeStream,
    app,
    connected,
    cuts,
    lobby,
    served,
    until,
)
from tests.web.test_at_once.asking import ENTRY, SMALL, TYPE, request, told

HUGE = 64 << 20


@pytest.mark.parametrize("where", ["memory", "file"])
async def test_i7_the_rest_is_sent_when_the_socket_has_room(
    where: str, tmp_path: Path
) -> None:
    """As the player reads; then the connection continues."""
    data = bytes(range(256)) * 4096 * 16
    held = Held(data, tmp_path if where == "file" else None)
    stream = FakeStream(answers={"main/a.ts": MediaReply(200, TYPE, KeptBody(held))})
    stream.answers["index.m3u8"] = PlaylistReply(PLAYLIST)
    site = app(stream)
    events = told(site)
    async with served(site) as port, connected(port) as (reader, writer):
        writer.write(request(port, ENTRY))
        await reader.readuntil(PLAYLIST)
        for _ in range(2):
            writer.write(request(port, "/lobby/main/a.ts") + request(port, ENTRY))
            await reader.readuntil(b"\r\n\r\n")
            got = bytearray()
            while len(got) < len(data):
                got += await reader.read(min(1 << 16, len(data) - len(got)))
                await asyncio.sleep(0)
            assert bytes(got) == data
            await reader.readuntil(PLAYLIST)

    assert stream.handed.count("main/a.ts") == 2
    assert [each.sent for each in events if each.path == "main/a.ts"] == [len(data)] * 2
    assert not len(stream.usage)
    assert held.users == 0


@pytest.mark.parametrize("where", ["memory", "file"])
@pytest.mark.parametrize("waits", [False, True])
async def test_a_player_that_leaves_is_reported_once(
    where: str, tmp_path: Path, *, waits: bool
) -> None:
    """Whether or not a task was already waiting for it."""
    metrics = Metrics("0")
    held = Held(bytes(HUGE), tmp_path if where == "file" else None)
    stream = FakeStream(answers={"main/a.ts": MediaReply(200, TYPE, KeptBody(held))})
    stream.answers["index.m3u8"] = PlaylistReply(PLAYLIST)
    site = app(stream, metrics=metrics)
    async with served(site) as port:
        async with connected(port) as (reader, writer):
            writer.write(request(port, ENTRY))
            await reader.readuntil(PLAYLIST)
            writer.write(request(port, "/lobby/main/a.ts"))
            if waits:
                await until(lambda: site.readers.waiting)
        await until(lambda: cuts(metrics))
        await until(lambda: not len(stream.usage))

    assert cuts(metrics) == {"player": 1}
    assert metrics.program.in_flight == 0
    assert held.users == 0


async def test_i2_a_file_that_became_shorter_gets_no_error_page(
    tmp_path: Path,
) -> None:
    """The head is sent already: an error page would be taken for the resource."""
    held = Held(SMALL, tmp_path)
    stream = FakeStream(answers={"main/a.ts": MediaReply(200, TYPE, KeptBody(held))})
    stream.answers["index.m3u8"] = PlaylistReply(PLAYLIST)
    held.cut(1000)
    async with served(app(stream)) as port, connected(port) as (reader, writer):
        writer.write(request(port, ENTRY))
        await reader.readuntil(PLAYLIST)
        writer.write(request(port, "/lobby/main/a.ts"))
        data = await reader.read(-1)

    assert stream.handed == ["main/a.ts"]
    assert data.endswith(b"\r\n\r\n" + SMALL[:1000])


async def test_an_idle_connection_is_closed_after_its_last_answer() -> None:
    """Answers that are sent at once keep it open like others."""
    stream = lobby()
    async with (
        served(app(stream), limits=Limits(idle_seconds=0.4)) as port,
        connected(port) as (reader, writer),
    ):
        for _ in range(4):
            writer.write(request(port, ENTRY))
            await reader.readuntil(PLAYLIST)
            await asyncio.sleep(0.2)
        assert await reader.read() == b""

    assert len(stream.handed) == 3
