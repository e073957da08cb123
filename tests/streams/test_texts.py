"""Bodies that are text pass without secrets, all others as they are."""

import gzip
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web

from proxy.errors import BadAnswerError
from proxy.streams import texts
from proxy.streams.replies import MediaReply
from proxy.upstream.answer import Framing
from tests.streams.built import Built, Tokens, ask, built
from tests.streams.origin import Origin

TOKENS = Tokens(generation=1000)
SECRET = "TOKEN-1000"
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-KEY:METHOD=AES-128,URI="k.key"
#EXTINF:4,
s.vtt
"""
CUES = "WEBVTT\n\n00:00.000 --> 00:04.000\nGrüße\n"
TOLD = f"{CUES}\n00:04.000 --> 00:08.000\n{SECRET}\n"
TAGGED = {"ETag": '"t"', "Content-Type": "text/vtt", "Accept-Ranges": "bytes"}
BINARY = b"\x47\x40\x00" + SECRET.encode()


@pytest.fixture
async def one(upstream: Origin) -> AsyncIterator[Built]:
    """Build a stream with a token, and load its playlist."""
    upstream.says("/v.m3u8", MEDIA)
    url = f"{upstream.url}/v.m3u8"
    async with built(url, everything=True, keeper=TOKENS) as one:
        await one.playlist()
        yield one


async def opened(one: Built, name: str = "s.vtt", method: str = "GET") -> MediaReply:
    """Return what the player gets."""
    path = f"common/{name}" if name.endswith(".key") else f"main/{name}"
    reply = await one.stream.open(path, replace(ask(), method=method))
    assert isinstance(reply, MediaReply)
    return reply


async def whole(reply: MediaReply) -> bytes:
    """Return its body, whose length is as it says."""
    async with reply.answer as body:
        read = b"".join([chunk async for chunk in body.chunks()])
    assert body.content_length in (None, len(read))
    return read


def fields(reply: MediaReply) -> dict[str, str]:
    """Return its header fields."""
    return {name.lower(): value for name, value in reply.headers}


def served(upstream: Origin, body: bytes, status: int = 200, **more: str) -> None:
    """Let the origin answer for the segment."""
    headers = TAGGED | {name.replace("_", "-"): more[name] for name in more}
    upstream.asks(
        "/s.vtt", lambda _: web.Response(body=body, status=status, headers=headers)
    )


async def test_a_secret_is_taken_out_of_a_text(one: Built, upstream: Origin) -> None:
    """And what was about the bytes before goes with it."""
    served(upstream, TOLD.encode())
    reply = await opened(one)
    assert await whole(reply) == TOLD.replace(SECRET, "").encode()
    assert reply.answer.framing is Framing.LENGTH
    assert fields(reply).keys().isdisjoint({"etag", "accept-ranges"})
    assert fields(reply)["content-type"] == "text/vtt"


@pytest.mark.parametrize("body", [CUES.encode(), CUES.encode("latin-1"), BINARY, b" "])
async def test_everything_else_passes_as_it_is(
    one: Built, upstream: Origin, body: bytes
) -> None:
    """A text without secrets, and what is no text, whatever it says of itself."""
    served(upstream, body)
    reply = await opened(one)
    assert await whole(reply) == body
    assert fields(reply)["etag"] == '"t"'


async def test_media_are_not_waited_for(one: Built, upstream: Origin) -> None:
    """The first bytes show what they are; any number may follow."""
    served(upstream, BINARY + bytes(texts.MOST_BYTES))
    reply = await opened(one)
    assert len(await whole(reply)) == len(BINARY) + texts.MOST_BYTES


async def test_a_key_is_never_looked_into(one: Built, upstream: Origin) -> None:
    """Its 16 bytes may be any."""
    key = f"{SECRET}-12345".encode()
    upstream.says("/k.key", key)
    playlist = await one.playlist()
    name = playlist.partition('URI="common/')[2].partition('"')[0]
    assert await whole(await opened(one, name)) == key


async def test_a_zipped_text_is_read_as_players_do(
    one: Built, upstream: Origin
) -> None:
    """It stays zipped where nothing has to be taken out."""
    for text, coding in ((TOLD, None), (CUES, "gzip")):
        served(upstream, gzip.compress(text.encode()), Content_Encoding="gzip")
        reply = await opened(one)
        body = await whole(reply)
        assert fields(reply).get("content-encoding") == coding
        body = gzip.decompress(body) if coding else body
        assert body == text.replace(SECRET, "").encode()


async def test_zipped_media_are_not_waited_for(one: Built, upstream: Origin) -> None:
    """Nobody should zip them, and some do."""
    body = gzip.compress(BINARY + bytes(texts.MOST_BYTES * 2))
    served(upstream, body, Content_Encoding="gzip")
    assert await whole(await opened(one)) == body


@pytest.mark.parametrize(
    ("text", "passes"),
    [(TOLD.encode(), False), (CUES.encode(), True), (BINARY * 30, True)],
)
@pytest.mark.parametrize("ranged", [False, True])
async def test_a_part_of_a_text_passes_only_if_the_whole_may(
    one: Built, upstream: Origin, text: bytes, *, passes: bool, ranged: bool
) -> None:
    """Else a secret could be had bit by bit; whoever ignores ranges is no exception."""
    end = len(text) - 1

    def answer(request: web.Request) -> web.Response:
        if not ranged or "Range" not in request.headers:
            return web.Response(body=text, headers=TAGGED)
        span = {"Content-Range": f"bytes {end - 2}-{end}/{end + 1}"}
        return web.Response(body=text[-3:], status=206, headers=TAGGED | span)

    upstream.asks("/s.vtt", answer)
    asked = ask("", {"Range": f"bytes={end - 2}-{end}"})
    if passes:
        reply = await one.stream.open("main/s.vtt", asked)
        assert isinstance(reply, MediaReply)
        body = await whole(reply)
        assert body in (text[-3:], text)
        assert (reply.status == 206) is (body != text)
    elif ranged:
        with pytest.raises(BadAnswerError, match="a part of a text"):
            await one.stream.open("main/s.vtt", asked)
    else:
        reply = await one.stream.open("main/s.vtt", asked)
        assert isinstance(reply, MediaReply)
        assert SECRET.encode() not in await whole(reply)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
async def test_utf_16_is_refused_where_it_holds_a_secret(
    one: Built, upstream: Origin, coding: str
) -> None:
    """No player has to read it, and some do."""
    served(upstream, f"\ufeff{TOLD}".encode(coding))
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        await opened(one)
    served(upstream, f"\ufeff{CUES}".encode(coding))
    assert await whole(await opened(one)) == f"\ufeff{CUES}".encode(coding)


async def test_what_cannot_be_taken_out_is_refused(
    one: Built, upstream: Origin
) -> None:
    """Nor can a text be searched that does not end."""
    served(upstream, SECRET[:5].encode() * 40 + SECRET[5:].encode() * 40)
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        await opened(one)
    served(upstream, b"word " * (texts.MOST_BYTES // 4))
    with pytest.raises(BadAnswerError, match="a text of more than 8,388,608 bytes"):
        await opened(one)


async def test_a_head_alone_passes(one: Built, upstream: Origin) -> None:
    """It has no body."""
    served(upstream, TOLD.encode())
    reply = await opened(one, method="HEAD")
    async with reply.answer as body:
        assert [chunk async for chunk in body.chunks()] == []
