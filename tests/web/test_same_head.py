"""A request with known header fields is not parsed again."""

import asyncio
from collections.abc import Iterable

import pytest
from aiohttp import HttpVersion11, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from hypothesis import example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from proxy.clock import SystemClock
from proxy.web.prompt_connection import PromptHandler, RestOfAnswer
from proxy.web.protocol import Limits, QuietServer
from proxy.web.same_head import Head, SameHead
from proxy.web.slow_readers import Readers

FIELDS = b"Host: a\r\nUser-Agent: player\r\n"
FIRST = b"GET /one HTTP/1.1\r\n" + FIELDS + b"\r\n"


MESSAGE = RawRequestMessage(
    method="GET",
    path="/one",
    version=HttpVersion11,
    headers=CIMultiDictProxy(CIMultiDict()),
    raw_headers=(),
    should_close=False,
    compression=None,
    upgrade=False,
    chunked=False,
    url=URL("/one"),
)


def get(target: str, fields: bytes = FIELDS) -> bytes:
    """Return a request."""
    return f"GET {target} HTTP/1.1\r\n".encode() + fields + b"\r\n"


class Wire(asyncio.Transport):
    """A connection that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep the bytes."""
        self.written += bytes(data)

    def is_closing(self) -> bool:
        """Return whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Take nothing more."""
        self.closed = True

    def get_write_buffer_size(self) -> int:
        """Return 0: the player reads at once."""
        return 0

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Do nothing."""


class Echo:
    """Answers with what was understood, at once or in a task."""

    def __init__(self, *, at_once: bool) -> None:
        self.at_once = at_once
        self.offered = list[Head]()

    def __call__(
        self, head: Head, _: PromptHandler, transport: asyncio.Transport
    ) -> RestOfAnswer | bool:
        """Answer at once, except a path that ends in `slow`."""
        if not self.at_once or head.path.endswith("slow"):
            return False
        self.offered.append(head)
        seen = _seen(head.path, head.headers.items())
        transport.write(b"HTTP/1.1 200 OK\r\n\r\n%b" % seen)
        return True

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer in a task."""
        return web.Response(body=_seen(request.raw_path, request.headers.items()))


def _seen(path: str, fields: Iterable[tuple[str, str]]) -> bytes:
    return f"\n{(path, sorted(fields))}\n".encode()


async def heard(pieces: list[bytes], *, at_once: bool) -> tuple[list[bytes], Echo]:
    """Let pieces of requests arrive; return what was understood, and any refusals."""
    echo, wire = Echo(at_once=at_once), Wire()
    server = QuietServer(echo.handle, Limits, Readers(mono=SystemClock().mono), echo)
    handler = server()
    handler.connection_made(wire)
    await asyncio.sleep(0)
    for piece in pieces:
        if not wire.closed:
            handler.data_received(piece)
        for _ in range(20):
            await asyncio.sleep(0)
    handler.connection_lost(None)
    await server.shutdown(0.1)
    lines = wire.written.splitlines()
    return [line for line in lines if line.startswith((b"('", b"HTTP/1.1 4"))], echo


async def test_only_the_first_request_of_a_player_is_parsed() -> None:
    """The others differ only in their path and query."""
    pieces = [get("/a"), get("/b/c.ts?x=1"), get("/d"), get("/e")]
    told, echo = await heard(pieces, at_once=True)
    assert [head.path for head in echo.offered] == ["/a", "/b/c.ts?x=1", "/d", "/e"]
    assert len({id(head.headers) for head in echo.offered}) == 1
    assert told == (await heard(pieces, at_once=False))[0]


@pytest.mark.parametrize(
    "other",
    [
        get("/b", b"Host: b\r\nUser-Agent: player\r\n"),
        get("/b", FIELDS + b"Range: bytes=0-1\r\n"),
        get("/b c"),
        get("/b#c"),
        get("/b\t"),
        get("/" + "b" * 1001),
        get("http://a/b"),
        get("*"),
        get("/b").replace(b"GET", b"HEAD"),
        get("/b").replace(b"GET", b"get"),
        get("/b").replace(b"1.1", b"1.0"),
        get("/b") + get("/c"),
        get("/b")[:-1],
        b"\r\n" + get("/b"),
        b"GET /b HTTP/1.1\r\nX: " + get("/c"),
        b"GET /b HTTP/1.1\r\n" + FIRST,
        get("/b").replace(b"\r\n", b"\n"),
        b"",
    ],
)
def test_other_requests_are_left_to_the_parser(other: bytes) -> None:
    """Also two requests at once, and anything a parser could read differently."""
    same = SameHead()
    same.parsed(FIRST, [(MESSAGE, EMPTY_PAYLOAD)])
    assert same.repeated(get("/b")) == Head("/b", {}, ())
    assert same.repeated(other) is None


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"GET /b HTT", 0),
        (get("/b") + get("/c"), 2),
        (get("/b") + b"GET", 1),
        (b"", 0),
    ],
)
def test_after_an_incomplete_request_nothing_is_taken_for_a_request(
    data: bytes, count: int
) -> None:
    """What comes next may be the rest of it."""
    same = SameHead()
    same.parsed(FIRST, [(MESSAGE, EMPTY_PAYLOAD)])
    same.parsed(data, [(MESSAGE, EMPTY_PAYLOAD)] * count)
    assert same.repeated(get("/b")) is None


def test_a_long_head_is_not_remembered() -> None:
    """Otherwise each connection could make us keep 64 KiB."""
    same = SameHead()
    fields = FIELDS + b"X: " + b"x" * 4096 + b"\r\n"
    same.parsed(get("/a", fields), [(MESSAGE, EMPTY_PAYLOAD)])
    assert same.repeated(get("/b", fields)) is None


OPEN = b"GET /y HTTP/1.1\r\nHost: a\r\nX: "
REQUESTS = st.sampled_from(
    [
        get("/a"),
        get("/b?c=d"),
        get("/slow"),
        get("/a", b"Host: b\r\n"),
        get("/%2e%2e"),
        get("/a\x7f"),
        b"\r\n" + get("/x"),
        b"GET /y HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n",
        OPEN,
    ]
)


@settings(deadline=None, max_examples=400)
@example(requests=[get("/a"), OPEN, get("/a")], cuts=[], joined=set())
@given(
    requests=st.lists(REQUESTS, min_size=1, max_size=6),
    cuts=st.lists(st.integers(0, 400), max_size=2),
    joined=st.sets(st.integers(0, 5), max_size=2),
)
async def test_the_answers_are_those_of_the_parser(
    requests: list[bytes], cuts: list[int], joined: set[int]
) -> None:
    """However the requests arrive: one by one, together, or in pieces."""
    whole = b"".join(requests)
    ends = {at % (len(whole) + 1) for at in cuts} | {len(whole)}
    for at in set(range(len(requests))) - joined:
        ends.add(len(b"".join(requests[: at + 1])))
    at, pieces = 0, list[bytes]()
    for end in sorted(ends):
        pieces.append(whole[at:end])
        at = end
    known, _ = await heard(pieces, at_once=True)
    assert known == (await heard(pieces, at_once=False))[0]
