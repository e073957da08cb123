"""Media is fetched as a player does, and counted."""

from collections.abc import Mapping

import pytest

from proxy.diagnosis.contents import ByteRange
from proxy.diagnosis.fault import RangeIgnoredError
from proxy.diagnosis.pieces import FetchedBody, Pieces
from proxy.replies import (
    DocumentReply,
    MediaReply,
    PlayerAsk,
    RedirectReply,
    Reply,
)
from tests.web.fakes import FakeBody

URL = "https://cdn.example/s1.ts?token=CANARY"


class Stream:
    """Gives the same answer to every request."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Record the request."""
        self.asked.append((path, ask.headers))
        return self.reply


@pytest.mark.parametrize(
    ("reply", "size"),
    [
        (MediaReply(200, (), FakeBody(b"abc", b"de")), 5),
        (MediaReply(200, (), FakeBody()), 0),
        (DocumentReply(b"{}"), 2),
    ],
)
async def test_every_body_is_counted(reply: Reply, size: int) -> None:
    """A key, a segment; a document that is made local is whole."""
    stream = Stream(reply)
    assert await Pieces(stream).size("main/s1.ts") == size
    assert stream.asked == [("main/s1.ts", {})]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (206, b"x" * 400, ""),
        (206, b"x" * 399, "requested 400 bytes, got 399"),
        (200, b"x" * 1000, "got the whole file"),
    ],
)
@pytest.mark.parametrize("redirected", [False, True])
async def test_a_range_is_requested_as_given(
    status: int,
    body: bytes,
    said: str,
    redirected: bool,  # noqa: FBT001 - both ways
) -> None:
    """Where a player is redirected to, it asks for the same range."""
    followed: list[tuple[str, Mapping[str, str]]] = []

    async def follow(url: str, headers: Mapping[str, str]) -> tuple[int, FetchedBody]:
        followed.append((url, headers))
        return status, FakeBody(body)

    media = MediaReply(status, (), FakeBody(body))
    stream = Stream(RedirectReply(URL) if redirected else media)
    pieces, span = Pieces(stream, follow), ByteRange(100, 400)
    if said:
        with pytest.raises(RangeIgnoredError, match=said):
            await pieces.size("main/s1.ts", span)
    else:
        assert await pieces.size("main/s1.ts", span) == 400
    wanted = {"Range": "bytes=100-499"}
    assert stream.asked == [("main/s1.ts", wanted)]
    assert followed == ([(URL, wanted)] if redirected else [])
