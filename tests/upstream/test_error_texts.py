"""The text of a refusal, read within limits and shown without secrets."""

import gzip
from urllib.parse import quote

import pytest

from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.core.tokens.service.error_text import SAID_BYTES
from proxy.upstream import error_texts
from proxy.upstream.error_texts import remark_of
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.upstream.asking import Way, question, way_to

NO = "403 Forbidden"
TEXT = "Content-Type: text/plain"
TOKEN = "s3cret/t0ken+"


def stamped(url: str) -> Stamped:
    """Place a token in the query and in a header, with a cookie and a key beside it."""
    headers = (
        ("Authorization", f"Bearer {TOKEN}"),
        ("Cookie", "id=c00kie-value; other=another-one"),
        ("X-Key", "api key 7"),
    )
    return Stamped(
        f"{url}?sig={quote(TOKEN)}&e=1764460800",
        headers,
        carried=True,
        secrets=frozenset({TOKEN}),
    )


async def said(way: Way, url: str, known: frozenset[str] = frozenset()) -> str:
    """Return the remark of the origin's answer."""
    asked = question(url, kind=Kind.PLAYLIST, stamp=stamped)
    answered = await way.upstream.ask(asked)
    answered.private = Recogniser(known)
    return await remark_of(answered)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (answer(b"Token has expired", TEXT, status=NO), "Token has expired"),
        (
            answer(b"", 'WWW-Authenticate: Bearer error="invalid_token"', status=NO),
            "invalid_token",
        ),
        (
            answer(gzip.compress(b"zipped"), TEXT, "Content-Encoding: gzip", status=NO),
            "zipped",
        ),
        (
            answer(b"not gzip", TEXT, "Content-Encoding: gzip", status=NO),
            "",
        ),
        (answer(b"word " * 5000, TEXT, status=NO), ("word " * 40).strip() + " …"),
        (answer(b"G\0\0\0" * 100, "Content-Type: video/mp2t", status=NO), ""),
        (
            Reply(b"HTTP/1.1 403 No\r\nContent-Length: 90\r\n\r\nbroken off", End.FIN),
            "",
        ),
        (
            Reply(
                b"HTTP/1.1 403 No\r\nContent-Type: text/plain\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n4\r\n way\r\n0\r\n\r\n"
            ),
            "no way",
        ),
    ],
)
async def test_a_refusals_text_is_reported(reply: Reply, told: str) -> None:
    """As much of the body as is readable."""
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        found = await said(way, origin.url("/a.m3u8"))
    assert found.rstrip("…").rstrip() == told.rstrip("…").rstrip()


@pytest.mark.parametrize(
    "echo",
    [
        TOKEN,
        quote(TOKEN),
        quote(TOKEN, safe=""),
        quote(quote(TOKEN, safe=""), safe=""),
        f"Bearer {TOKEN}",
        "/a.m3u8?sig=x&e=1764460800",
        "e=1764460800 ",
        "c00kie-value",
        "another-one",
        "api key 7",
        "renewed-0",
        TOKEN[:7] + "...",
    ],
)
async def test_nothing_that_was_sent_is_repeated(echo: str) -> None:
    """Neither from the body nor from a challenge."""
    pieces = ("s3cr", "t0k", "1764460800", "c00k", "another", "api key", "renewed-0")
    reply = answer(
        f"I was asked for {echo} and say no".encode(),
        TEXT,
        f'WWW-Authenticate: Bearer error_description="no: {echo}"',
        status=NO,
    )
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        found = await said(way, origin.url("/a.m3u8"), frozenset({"renewed-0"}))
    assert found.startswith("I was asked for")
    assert not any(piece in found for piece in pieces)


async def test_a_token_cut_off_by_the_limit_is_not_reported() -> None:
    """Only its beginning was read, which alone cannot be recognised."""
    fill = SAID_BYTES - 6
    text = (f"{TOKEN} " * SAID_BYTES)[:fill].rpartition(" ")[0].ljust(fill) + TOKEN
    reply = answer(text.encode() + b" and more", TEXT, status=NO)
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        assert "s3cr" not in await said(way, origin.url("/a.m3u8"))


async def test_a_body_that_does_not_come_is_not_awaited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The remark is from the head, and the connection is closed."""
    monkeypatch.setattr(error_texts, "SAID_SECONDS", 0.05)
    head = b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n'
    reply = Reply(head + b"Content-Length: 9\r\n\r\nhalf", End.HANG)
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        assert await said(way, origin.url("/a.m3u8")) == "it asks for Basic"
        assert len(way.told) == 1


async def test_a_short_text_keeps_the_connection_usable() -> None:
    """It was read to its end; closing would cost another handshake."""
    reply = answer(b"no", TEXT, status=NO)
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        for _ in range(3):
            assert await said(way, origin.url("/a.m3u8")) == "no"
        assert origin.connections == 1


async def test_a_head_request_has_no_body_to_read() -> None:
    """Its remark is empty."""
    head = Reply(b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n")
    async with RawOrigin(head) as origin, way_to(origin.url()) as way:
        asked = question(origin.url(), method="HEAD")
        assert await remark_of(await way.upstream.ask(asked)) == ""
