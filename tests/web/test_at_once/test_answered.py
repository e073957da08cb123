"""Which requests are answered at once, and that the answers are the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.core.http.cache_status import CacheStatus
from proxy.errors import StatusError
from proxy.replies import MediaReply, PlayerAsk, PlaylistReply, Reply
from proxy.sharing.kept_body import KeptBody
from tests.streams.kept import Held
from tests.web.fakes import (
    PLAYLIST,
    FakeStream,
    app,
    connected,
    lobby,
    media,
    raw,
    served,
    until,
)
from tests.web.test_at_once.asking import ENTRY, SEGMENT, SMALL, TYPE, request, told

HIT = CacheStatus(hit=True, ttl=3)


async def answers(port: int, *requests: bytes) -> list[bytes]:
    """Send requests one after another on one connection; return the answers."""
    heard = []
    async with connected(port) as (reader, writer):
        for each in requests:
            writer.write(each)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].split(b"\r")[0]
            body = await reader.readexactly(int(length or 0))
            heard.append(head + body)
    return heard


@pytest.mark.parametrize(
    "reply",
    [
        PlaylistReply(PLAYLIST, (("Date", "x"),), age=4, cache=HIT),
        PlaylistReply(PLAYLIST * 40, (("date", "x"),)),
        PlaylistReply(PLAYLIST * 2000, (("date", "x"),)),
        MediaReply(200, TYPE, KeptBody(Held(SMALL)), HIT, 7),
        MediaReply(206, TYPE, KeptBody(Held(SMALL), 5, 9), HIT, 7),
        MediaReply(304, TYPE, KeptBody(Held(SMALL), 0, 0), HIT, 7),
        MediaReply(200, TYPE, KeptBody(Held(b"")), HIT, 7),
        "a file",
    ],
)
@pytest.mark.parametrize("fields", ["", "Accept-Encoding: gzip\r\n"])
async def test_the_answer_is_the_same(
    reply: Reply | str, fields: str, tmp_path: Path
) -> None:
    """Byte for byte, and so is its event."""
    if isinstance(reply, str):
        reply = MediaReply(200, TYPE, KeptBody(Held(SMALL, tmp_path)), HIT, 7)
    stream = FakeStream(answers={"index.m3u8": reply})
    site = app(stream)
    events = told(site)
    async with served(site) as port:
        heard = await answers(port, *[request(port, ENTRY, fields=fields)] * 3)
        await until(lambda: len(events) == 3)

    # For long playlists aiohttp writes the head, with the fields in another order.
    heads = [sorted(each.partition(b"\r\n\r\n")[0].split(b"\r\n")) for each in heard]
    bodies = [each.partition(b"\r\n\r\n")[2] for each in heard]
    assert heads == heads[:1] * 3
    assert bodies == bodies[:1] * 3
    slow, *quick = [each._replace(head_seconds=0, seconds=0) for each in events]
    assert quick == [slow] * 2
    if not isinstance(reply, PlaylistReply) or len(reply.body) < 100_000:
        assert stream.handed == ["index.m3u8"] * 2


@pytest.mark.parametrize(
    "other",
    [
        request(0, ENTRY, method="HEAD"),
        request(0, ENTRY, fields="X-Other: 1\r\n"),
        request(0, ENTRY, fields="Connection: close\r\n"),
        request(0, ENTRY).replace(b"1.1", b"1.0"),
        request(0, "/livez"),
        request(0, "/lobby.m3u8"),
        request(0, "/none/index.m3u8"),
        request(0, "/lobby/..%2f/x"),
        request(0, "/lobby/main/none.ts"),
        request(0, "/lobby/main/relayed.ts"),
    ],
)
async def test_other_requests_are_answered_the_usual_way(other: bytes) -> None:
    """Between requests that are answered at once."""
    stream = lobby()
    stream.answers["main/relayed.ts"] = media(b"abc")
    async with served(app(stream)) as port:
        here = f"127.0.0.1:{port}".encode()
        usual = request(port, ENTRY)
        other = other.replace(b"127.0.0.1:0", here)
        alone = await raw(
            port, other.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        )
        async with connected(port) as (reader, writer):
            writer.write(usual)
            await reader.readuntil(PLAYLIST)
            stream.handed.clear()
            writer.write(other)
            heard = await reader.readuntil(b"\r\n")

    assert heard.split()[1] == alone.split()[1]
    assert stream.handed == []


async def test_pipelined_requests_are_answered_in_order() -> None:
    """Whichever way each of them is answered, and however many there are."""
    stream = lobby(segment=media(b"relayed"))
    stream.answers["main/kept.ts"] = MediaReply(200, TYPE, KeptBody(Held(b"kept")))
    paths = [ENTRY, "/lobby/main/kept.ts", SEGMENT] * 30
    async with served(app(stream)) as port:
        sent = b"".join(request(port, path) for path in paths)
        data = await raw(
            port, sent + request(port, ENTRY, fields="Connection: close\r\n")
        )

    bodies = [PLAYLIST, b"kept", b"relayed"] * 30 + [PLAYLIST]
    at = 0
    for body in bodies:
        at = data.index(b"\r\n\r\n" + body, at) + 4 + len(body)
    assert at == len(data)


async def test_another_site_may_refuse_the_caller() -> None:
    """A new configuration also applies to open connections."""
    stream = lobby()
    site = app(stream)
    async with served(site) as port, connected(port) as (reader, writer):
        for count in (0, 1):
            writer.write(request(port, ENTRY))
            await reader.readuntil(PLAYLIST)
            assert len(stream.handed) == count
        site.site = replace(site.site)
        writer.write(request(port, ENTRY))
        await reader.readuntil(PLAYLIST)

    assert len(stream.handed) == 1


async def test_a_failure_is_answered_as_usual() -> None:
    """A range outside a kept resource gets 416, at once or not."""

    class Failing(FakeStream):
        def at_hand(self, path: str, ask: PlayerAsk) -> Reply | None:
            del path, ask
            raise StatusError("outside", status=416, headers=())

    error = StatusError("outside", status=416, headers=())
    stream = Failing(answers={"index.m3u8": error})
    async with served(app(stream)) as port:
        heard = await answers(port, *[request(port, ENTRY)] * 2)

    assert [each.split()[1] for each in heard] == [b"416", b"416"]


async def test_members_of_families_are_answered_at_once_too() -> None:
    """If they exist; no member is created by the way."""
    family = FakeStream("fast", answers={"index.m3u8": PlaylistReply(PLAYLIST)})
    site = app(family=family)
    events = told(site)
    async with served(site) as port:
        await answers(port, *[request(port, "/fast/4fa1/index.m3u8")] * 2)
        await answers(
            port, *[request(port, f"/fast/{name}/index.m3u8") for name in ("a1", "b2")]
        )

    assert family.handed == ["index.m3u8"]
    assert [each.path for each in events[:2]] == ["4fa1/index.m3u8"] * 2


async def test_while_stopping_connections_end_with_the_next_answer() -> None:
    """An answer at hand is still sent at once, and is the last one."""
    site = app()
    async with served(site) as port, connected(port) as (reader, writer):
        writer.write(request(port, ENTRY))
        await reader.readuntil(PLAYLIST)
        site.drain()
        writer.write(request(port, ENTRY))
        heard = await reader.read()

    assert b"\r\nConnection: close\r\n" in heard
    assert heard.endswith(PLAYLIST)
