"""Build and send answers that need no waiting, as one piece of bytes."""

import asyncio
import contextlib
from typing import NamedTuple

from aiohttp import hdrs

from proxy.replies import MediaReply, PlayerAsk, PlaylistReply, Reply
from proxy.sharing.kept_body import KeptBody
from proxy.system.connections import send_from_file, send_pieces
from proxy.web.caller import Caller
from proxy.web.direct_answers import STARTS, head_of_media, whole
from proxy.web.kept_resource import TURN_BYTES
from proxy.web.playlist import is_zipped, prepared_reply
from proxy.web.visit import Visit

# Longer playlists are written in slices, by aiohttp's task.
_MOST_BYTES = 128 * 1024
_OK, _NOT_MODIFIED = 200, 304


class ReadyAnswer(NamedTuple):
    """The bytes to send first, and a file with the body if it is not among them."""

    status: int
    data: bytes
    """The head, perhaps with a short body."""
    size: int
    """How many bytes of `data` and `more` belong to the body."""
    more: bytes = b""
    """The body, if it is too long to be copied after the head."""
    file: KeptBody | None = None


class Left(NamedTuple):
    """The part of an answer that is not sent yet."""

    size: int
    """How many bytes of the body are still in asyncio's buffer."""
    file: KeptBody | None


def piece_of(reply: Reply | None, ask: PlayerAsk, caller: Caller) -> ReadyAnswer | None:
    """Return the answer to a GET; None if it cannot be sent without waiting.

    Raises BadAnswerError for header fields that must not be sent.
    """
    if isinstance(reply, PlaylistReply):
        return _of_playlist(reply, ask, caller)
    if isinstance(reply, MediaReply) and isinstance(reply.answer, KeptBody):
        return _of_kept(reply, reply.answer, caller)
    return None


def _of_playlist(
    reply: PlaylistReply, ask: PlayerAsk, caller: Caller
) -> ReadyAnswer | None:
    conditional = hdrs.IF_NONE_MATCH in ask.headers
    key = caller.lines, is_zipped(reply, ask.headers)
    if not conditional and (known := reply.wire.get(key)) is not None:
        return ReadyAnswer(_OK, *known)
    found = prepared_reply(reply, ask.headers)
    if found is None or len(found.body) > _MOST_BYTES:
        return None
    size = len(found.body)
    data = whole(found, caller.lines, bodiless=False, last=False)
    if reply.age is not None and not conditional:
        reply.wire[key] = data, size
    return ReadyAnswer(found.status, data, size)


def _of_kept(reply: MediaReply, body: KeptBody, caller: Caller) -> ReadyAnswer | None:
    status = reply.status
    if status not in STARTS:
        return None
    length = None if status == _NOT_MODIFIED else body.content_length
    head = head_of_media(reply, caller.lines, length=length, last=False)
    if not length:
        return ReadyAnswer(status, head + b"\r\n", 0)
    if (data := body.data) is None:
        return ReadyAnswer(status, head + b"\r\n", 0, file=body)
    return ReadyAnswer(status, head + b"\r\n", length, data)


def send(piece: ReadyAnswer, visit: Visit, transport: asyncio.Transport) -> Left | None:
    """Send as much as the socket accepts; return the rest, or None if there is none."""
    visit.headed(piece.status)
    if piece.more:
        send_pieces(transport, piece.data, piece.more)
    else:
        transport.write(piece.data)
    if transport.is_closing():
        visit.cut_by("player")  # it had disconnected already
        return None
    if transport.get_write_buffer_size():
        return Left(piece.size, piece.file)
    visit.sent = piece.size
    return None if piece.file is None else _send_file(piece.file, visit, transport)


def _send_file(
    body: KeptBody, visit: Visit, transport: asyncio.Transport
) -> Left | None:
    count, sent = min(body.content_length, TURN_BYTES), None
    with body.kept as kept:
        if kept.file is not None:
            file, offset = kept.file
            # If the player has disconnected, sending the rest detects it.
            with contextlib.suppress(ConnectionError):
                sent = send_from_file(transport, file, offset + body.start, count)
    visit.sent += sent or 0
    start = body.start + (sent or 0)
    return None if start == body.end else Left(0, KeptBody(kept, start, body.end))
