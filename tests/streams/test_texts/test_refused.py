"""Bodies whose secrets cannot be removed are refused."""

import base64
import gzip

import pytest
from aiohttp import web

from proxy.errors import BadAnswerError
from proxy.replies import MediaReply
from proxy.streams import texts
from tests.streams.built import Built, ask
from tests.streams.origin import Origin
from tests.streams.test_texts.texts import (
    BINARY,
    CUES,
    SECRET,
    TAGGED,
    TOLD,
    opened,
    served,
    whole,
)


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


async def test_an_endless_body_with_the_type_of_text_is_refused(
    one: Built, upstream: Origin
) -> None:
    """Whatever it is: nobody has checked all of it."""
    served(upstream, BINARY + bytes(texts.MOST_BYTES))
    with pytest.raises(BadAnswerError, match="a text of more than 8,388,608 bytes"):
        await opened(one)


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
