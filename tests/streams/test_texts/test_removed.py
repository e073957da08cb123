"""Secrets are removed from texts, and all else is unchanged."""

import gzip

import pytest
from aiohttp import web

from proxy.core.http.framing import Framing
from proxy.errors import BadAnswerError
from proxy.streams import texts
from tests.streams.built import Built, ask
from tests.streams.origin import Origin
from tests.streams.test_texts.texts import (
    BINARY,
    CUES,
    SECRET,
    TAGGED,
    TOLD,
    fields,
    opened,
    served,
    whole,
)


async def test_a_secret_is_removed_from_a_text(one: Built, upstream: Origin) -> None:
    """Header fields about the original bytes are removed, too."""
    served(upstream, TOLD.encode())
    reply = await opened(one)
    assert await whole(reply) == TOLD.replace(SECRET, "").encode()
    assert reply.answer.framing is Framing.LENGTH
    assert fields(reply).keys().isdisjoint({"etag", "accept-ranges"})
    assert fields(reply)["content-type"] == "text/vtt"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("s.vtt", CUES.encode()),
        ("s.vtt", CUES.encode("latin-1")),
        ("s.vtt", b" "),
        ("s.ts", CUES.encode()),
        ("s.ts", BINARY),
    ],
)
async def test_everything_else_is_passed_on_unchanged(
    one: Built, upstream: Origin, name: str, body: bytes
) -> None:
    """A text without secrets, and media without the type of text."""
    served(upstream, body)
    reply = await opened(one, name)
    assert await whole(reply) == body
    assert fields(reply)["etag"] == '"t"'


async def test_media_is_not_awaited(one: Built, upstream: Origin) -> None:
    """The first bytes show that it is media; any number may follow."""
    served(upstream, BINARY + bytes(texts.MOST_BYTES))
    reply = await opened(one, "s.ts")
    assert len(await whole(reply)) == len(BINARY) + texts.MOST_BYTES


async def test_a_key_is_never_searched(one: Built, upstream: Origin) -> None:
    """Its 16 bytes may be any."""
    key = f"{SECRET}-12345".encode()
    upstream.says("/k.key", key)
    playlist = await one.playlist()
    name = playlist.partition('URI="common/')[2].partition('"')[0]
    assert await whole(await opened(one, name)) == key


async def test_a_compressed_text_is_read_as_players_do(
    one: Built, upstream: Origin
) -> None:
    """It stays compressed if nothing has to be removed."""
    for text, coding in ((TOLD, None), (CUES, "gzip")):
        served(upstream, gzip.compress(text.encode()), Content_Encoding="gzip")
        reply = await opened(one)
        body = await whole(reply)
        assert fields(reply).get("content-encoding") == coding
        body = gzip.decompress(body) if coding else body
        assert body == text.replace(SECRET, "").encode()


async def test_compressed_media_is_not_awaited(one: Built, upstream: Origin) -> None:
    """Nobody should compress media, but some do."""
    body = gzip.compress(BINARY + bytes(texts.MOST_BYTES * 2))
    served(upstream, body, Content_Encoding="gzip")
    assert await whole(await opened(one, "s.ts")) == body


async def test_a_part_is_checked_itself(one: Built, upstream: Origin) -> None:
    """The whole may differ from the part."""
    told = len(TOLD.encode())

    def answer(request: web.Request) -> web.Response:
        if "Range" not in request.headers:
            return web.Response(body=CUES.encode() * 2, headers=TAGGED)
        span = {"Content-Range": f"bytes 0-{told - 1}/{told}"}
        return web.Response(body=TOLD.encode(), status=206, headers=TAGGED | span)

    upstream.asks("/s.vtt", answer)
    asked = ask("", {"Range": f"bytes=0-{told - 1}"})
    with pytest.raises(BadAnswerError, match="part"):
        await one.stream.open("main/s.vtt", asked)


async def test_a_head_request_is_passed_on(one: Built, upstream: Origin) -> None:
    """It has no body."""
    served(upstream, TOLD.encode())
    reply = await opened(one, method="HEAD")
    async with reply.answer as body:
        assert [chunk async for chunk in body.chunks()] == []
