"""A paused answer takes nothing from the line until it is read on."""

import asyncio
import ssl

import pytest

from tests.raw_origin import End, RawOrigin, Reply
from tests.upstream.asking import question, way_to

KIB = 1024
FIRST, REST = b"\0" * KIB, b"\1" * 2047 * KIB
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(FIRST) + len(REST))
NAMES = {"cam.example.com": "127.0.0.1"}


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("paused", [True, False])
async def test_a_paused_answer_comes_when_it_is_read_on(
    server_tls: ssl.SSLContext,
    client_tls: ssl.SSLContext,
    *,
    secure: bool,
    paused: bool,
) -> None:
    """All of it; the connection is then used again."""
    reply = Reply(HEAD + FIRST)
    async with RawOrigin(reply, tls=server_tls if secure else None) as origin:
        url = origin.url(host="cam.example.com")
        async with way_to(url, names=NAMES, tls=client_tls) as way:
            for _ in range(2):
                async with await way.upstream.ask(question(url)) as answer:
                    assert await answer.peek(KIB) == FIRST
                    if paused:
                        answer.pause()
                    origin.writers[1].write(REST)
                    await asyncio.sleep(0.1)
                    assert answer.shows(KIB + 1) != paused
                    assert await answer.read(4096 * KIB) == FIRST + REST
    assert origin.connections == 1


async def test_an_answer_that_is_here_is_not_paused() -> None:
    """Its connection may have another request already."""
    origin = RawOrigin(Reply(HEAD + FIRST + REST), Reply(b"", End.HANG))
    async with origin, way_to(origin.url()) as way:
        answer = await way.upstream.ask(question(origin.url()))
        assert await answer.read(4096 * KIB) == FIRST + REST
        asking = asyncio.create_task(way.body(question(origin.url())))
        while len(origin.heard) < 2:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)
        answer.pause()
        origin.writers[1].write(HEAD + FIRST + REST)
        assert await asking == FIRST + REST
    assert origin.connections == 1


async def test_a_paused_answer_can_be_given_up() -> None:
    """Its connection is closed."""
    async with RawOrigin(Reply(HEAD + FIRST)) as origin:
        async with way_to(origin.url()) as way:
            async with await way.upstream.ask(question(origin.url())) as answer:
                await answer.peek(KIB)
                answer.pause()
            async with await way.upstream.ask(question(origin.url())) as answer:
                assert await answer.peek(KIB) == FIRST
        assert origin.connections == 2
