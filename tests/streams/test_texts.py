"""Text bodies are passed on without secrets, all others unchanged."""

import base64
import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from aiohttp import web

from proxy.core.http.framing import Framing
from proxy.errors import BadAnswerError
from proxy.replies import MediaReply
from proxy.streams import texts
from tests.streams.built import Built, Tokens, ask, built
from tests.streams.origin import Origin

TOKENS = Tokens(generation=1000)
SECRET = "TOKEN-1000"
MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-KEY:METHOD=AES-128,URI="k.key"
#EXTINF:4,
s.vtt
#EXTINF:4,
s.ts
"""
CUES = "WEBVTT\n\n00:00.000 --> 00:04.000\nGrüße\n"
TOLD = f"{CUES}\n00:04.000 --> 00:08.000\n{SECRET}\n"
TAGGED = {"ETag": '"t"', "Content-Type": "text/vtt", "Accept-Ranges": "bytes"}
PACKET = b"\x47\x40\x00" + SECRET.encode().ljust(185, b"\xff")
BINARY = PACKET * 4


@pytest.fixture
async def one(upstream: Origin) -> AsyncIterator[Built]:
    """Build a stream with a token, and load its playlist."""
    upstream.says("/v.m3u8", MEDIA)
    url = f"{upstream.url}/v.m3u8"
    async with built(url, everything=True, keeper=TOKENS) as one:
        await one.playlist()
        yield one


async def opened(one: Built, name: str = "s.vtt", method: str = "GET") -> MediaReply:
    """Return the player's reply."""
    path = f"common/{name}" if name.endswith(".key") else f"main/{name}"
    reply = await one.stream.open(path, replace(ask(), method=method))
    assert isinstance(reply, MediaReply)
    return reply


async def whole(reply: MediaReply) -> bytes:
    """Return its body, whose length is as declared."""
    async with reply.answer as body:
        read = b"".join([chunk async for chunk in body.chunks()])
    assert body.content_length in (None, len(read))
    return read


def fields(reply: MediaReply) -> dict[str, str]:
    """Return its header fields."""
    return {name.lower(): value for name, value in reply.headers}


def served(upstream: Origin, body: bytes, status: int = 200, **more: str) -> None:
    """Let the origin answer for the segments; `s.ts` has the type of media."""
    headers = TAGGED | {name.replace("_", "-"): more[name] for name in more}
    media = headers | {"Content-Type": "video/mp2t"}
    for path, fields in (("/s.vtt", headers), ("/s.ts", media)):
        upstream.asks(path, _answer(body, status, fields))


def _answer(
    body: bytes, status: int, fields: dict[str, str]
) -> Callable[[web.Request], web.Response]:
    return lambda _: web.Response(body=body, status=status, headers=fields)


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


@pytest.mark.parametrize(
    "body",
    [
        f"{TOLD}\0",
        f"{TOLD}\a",
        f"{CUES[:6]}\x7f{CUES[6:]}{SECRET}",
        f"ID3\4\0\0\0\0\0\0{TOLD}",
        f"\xff\xfb\x90{TOLD}",
        BINARY.decode("latin-1"),
    ],
)
@pytest.mark.parametrize("name", ["s.vtt", "s.ts"])
async def test_control_characters_do_not_hide_a_secret(
    one: Built, upstream: Origin, body: str, name: str
) -> None:
    """A body with the type of text is text; others need more of them to be media."""
    served(upstream, body.encode("latin-1", "replace"))
    if name == "s.ts" and body.startswith("G@"):
        return
    assert SECRET.encode() not in await whole(await opened(one, name))


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("name", ["s.vtt", "s.ts"])
async def test_wide_characters_with_a_secret_are_refused(
    one: Built, upstream: Origin, coding: str, name: str
) -> None:
    """With or without a byte order mark, whatever the name."""
    served(upstream, TOLD.encode(coding))
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        await opened(one, name)
    served(upstream, CUES.encode(coding))
    assert await whole(await opened(one, name)) == CUES.encode(coding)


async def test_base64_in_lines_with_a_secret_is_refused(
    one: Built, upstream: Origin
) -> None:
    """Mail and keys are written like this."""
    coded = base64.encodebytes(b"token=" * 9 + SECRET.encode()).decode()
    assert "\n" in coded.strip()
    served(upstream, f"{CUES}\nNOTE {coded}".encode())
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        await opened(one)


async def test_media_is_not_awaited(one: Built, upstream: Origin) -> None:
    """The first bytes show that it is media; any number may follow."""
    served(upstream, BINARY + bytes(texts.MOST_BYTES))
    reply = await opened(one, "s.ts")
    assert len(await whole(reply)) == len(BINARY) + texts.MOST_BYTES


async def test_an_endless_body_with_the_type_of_text_is_refused(
    one: Built, upstream: Origin
) -> None:
    """Whatever it is: nobody has checked all of it."""
    served(upstream, BINARY + bytes(texts.MOST_BYTES))
    with pytest.raises(BadAnswerError, match="a text of more than 8,388,608 bytes"):
        await opened(one)


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


@pytest.mark.parametrize(
    ("name", "text", "passes"),
    [
        ("s.vtt", TOLD.encode(), False),
        ("s.vtt", CUES.encode(), False),
        ("s.ts", TOLD.encode(), False),
        ("s.ts", BINARY, True),
    ],
)
async def test_a_part_of_a_compressed_text_is_refused(
    one: Built, upstream: Origin, name: str, text: bytes, *, passes: bool
) -> None:
    """It cannot be read; the whole shows that it is text."""
    body = gzip.compress(text)

    def answer(request: web.Request) -> web.Response:
        coded = {"Content-Encoding": "gzip", "Content-Type": "application/x"}
        if "Range" not in request.headers:
            return web.Response(body=body, headers=coded)
        coded["Content-Range"] = f"bytes 0-{len(body) - 1}/{len(body)}"
        return web.Response(body=body, status=206, headers=coded)

    upstream.asks(f"/{name}", answer)
    asked = one.stream.open(f"main/{name}", ask("", {"Range": "bytes=0-99999"}))
    if passes:
        reply = await asked
        assert isinstance(reply, MediaReply)
        assert await whole(reply) == body
    else:
        with pytest.raises(BadAnswerError, match="a part of a text that is coded"):
            await asked


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


@pytest.mark.parametrize(
    ("name", "text", "passes"),
    [
        ("s.vtt", TOLD.encode(), False),
        ("s.ts", TOLD.encode(), False),
        ("s.vtt", CUES.encode(), True),
        ("s.ts", BINARY * 30, True),
    ],
)
@pytest.mark.parametrize("ranged", [False, True])
async def test_a_part_of_a_text_is_sent_only_if_the_whole_may_be(
    one: Built, upstream: Origin, name: str, text: bytes, *, passes: bool, ranged: bool
) -> None:
    """Otherwise a secret could be fetched in pieces; origins that ignore ranges too."""
    end = len(text) - 1
    said = {"Content-Type": "text/vtt" if name == "s.vtt" else "video/mp2t"}

    def answer(request: web.Request) -> web.Response:
        if not ranged or "Range" not in request.headers:
            return web.Response(body=text, headers=TAGGED | said)
        span = {"Content-Range": f"bytes {end - 2}-{end}/{end + 1}"}
        return web.Response(body=text[-3:], status=206, headers=TAGGED | said | span)

    upstream.asks(f"/{name}", answer)
    asked = ask("", {"Range": f"bytes={end - 2}-{end}"})
    if passes:
        reply = await one.stream.open(f"main/{name}", asked)
        assert isinstance(reply, MediaReply)
        body = await whole(reply)
        assert body in (text[-3:], text)
        assert (reply.status == 206) is (body != text)
    elif ranged:
        with pytest.raises(BadAnswerError, match="a part of a text"):
            await one.stream.open(f"main/{name}", asked)
    else:
        reply = await one.stream.open(f"main/{name}", asked)
        assert isinstance(reply, MediaReply)
        assert SECRET.encode() not in await whole(reply)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-be"])
async def test_utf_16_with_a_secret_is_refused(
    one: Built, upstream: Origin, coding: str
) -> None:
    """Players need not read it, but some do."""
    served(upstream, f"\ufeff{TOLD}".encode(coding))
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        await opened(one)
    served(upstream, f"\ufeff{CUES}".encode(coding))
    assert await whole(await opened(one)) == f"\ufeff{CUES}".encode(coding)


async def test_a_secret_that_cannot_be_removed_is_refused(
    one: Built, upstream: Origin
) -> None:
    """So is an endless text, which cannot be searched."""
    served(upstream, SECRET[:5].encode() * 40 + SECRET[5:].encode() * 40)
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        await opened(one)
    served(upstream, b"word " * (texts.MOST_BYTES // 4))
    with pytest.raises(BadAnswerError, match="a text of more than 8,388,608 bytes"):
        await opened(one)


async def test_a_head_request_is_passed_on(one: Built, upstream: Origin) -> None:
    """It has no body."""
    served(upstream, TOLD.encode())
    reply = await opened(one, method="HEAD")
    async with reply.answer as body:
        assert [chunk async for chunk in body.chunks()] == []
