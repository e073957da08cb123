"""Tests of what can be sent without waiting."""

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.errors import BadAnswerError
from proxy.replies import (
    DocumentReply,
    MediaReply,
    PlayerAsk,
    PlaylistReply,
    Reply,
)
from proxy.sharing.kept_body import KeptBody
from proxy.web.caller import Caller
from proxy.web.playlist import playlist_reply
from proxy.web.ready_answers import ReadyAnswer, piece_of
from tests.streams.kept import Held
from tests.web.fakes import PLAYLIST, media

ASK = PlayerAsk("GET", "", {}, "")
CALLER = Caller(
    head=(),
    origin=None,
    window=False,
    last=False,
    base_url="",
    fields=(),
    lines=b"Server: x\r\n",
    site=None,
)


def piece(reply: Reply | None) -> ReadyAnswer | None:
    """Return the part of a reply that can be sent at once."""
    return piece_of(reply, ASK, CALLER)


@pytest.mark.parametrize(
    "reply",
    [
        None,
        DocumentReply(b"{}"),
        media(b"relayed"),
        MediaReply(416, (), KeptBody(Held(b"x"))),
        # Nobody has computed its validator yet.
        PlaylistReply(PLAYLIST),
    ],
)
def test_a_reply_that_must_be_awaited_has_no_piece(reply: Reply | None) -> None:
    """Nor has one that is sent in another way."""
    assert piece(reply) is None


async def test_a_long_playlist_is_written_in_slices() -> None:
    """Otherwise a slow player would keep all of it in a buffer."""
    long, short = PlaylistReply(PLAYLIST * 10_000), PlaylistReply(PLAYLIST)
    for each in (long, short):
        await playlist_reply(each, {})
    found = piece(short)
    assert found is not None
    assert found.data.endswith(b"\r\n\r\n" + PLAYLIST)
    assert piece(long) is None


async def test_the_bytes_of_a_kept_playlist_are_shared() -> None:
    """Between players with the same fields and coding, while its age is the same."""
    kept = PlaylistReply(PLAYLIST * 50, (), age=3)
    zipped = replace(ASK, headers={"Accept-Encoding": "gzip"})
    other = replace(CALLER, lines=b"Server: y\r\n")
    for ask in (ASK, zipped):
        await playlist_reply(kept, ask.headers)
    asks = [(ASK, CALLER), (zipped, CALLER), (ASK, other)] * 2
    first, second, third, *again = [piece_of(kept, ask, who) for ask, who in asks]
    assert again == [first, second, third]
    found = {each.data for each in (first, second, third) if each is not None}
    assert len(found) == 3
    assert first is not None
    assert again[0] is not None
    assert again[0].data is first.data


async def test_a_fresh_load_or_a_304_is_not_shared() -> None:
    """The first keeps its age for longer than a second, the second has no body."""
    loaded, kept = PlaylistReply(PLAYLIST), PlaylistReply(PLAYLIST, (), age=3)
    for each in (loaded, kept):
        await playlist_reply(each, {})
        piece(each)
    assert loaded.wire == {}
    known = replace(ASK, headers={"If-None-Match": "*"})
    found = piece_of(kept, known, CALLER)
    assert found is not None
    assert (found.status, found.size) == (304, 0)
    assert len(kept.wire) == 1


def test_a_small_resource_is_sent_with_its_head(
    tmp_path: Path,
) -> None:
    """A file is sent after it, and its bytes are counted when they are sent."""
    small = piece(MediaReply(206, (), KeptBody(Held(b"0123456789"), 2, 5)))
    assert small is not None
    assert (small.status, small.size, small.file) == (206, 3, None)
    assert b"\r\nContent-Length: 3\r\n" in small.data
    assert small.data.endswith(b"\r\n\r\n")
    assert small.more == b"234"
    body = KeptBody(Held(b"0123456789", tmp_path))
    large = piece(MediaReply(200, (), body))
    assert large is not None
    assert (large.size, large.file) == (0, body)
    assert large.data.endswith(b"\r\n\r\n")


def test_s7_control_characters_are_not_written() -> None:
    """The usual way turns them into an error."""
    reply = MediaReply(200, (("ETag", "a\r\nb: c"),), KeptBody(Held(b"x")))
    with pytest.raises(BadAnswerError):
        piece(reply)
