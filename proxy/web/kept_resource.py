"""Send a kept resource: from memory in one piece, or from its file with sendfile."""

import asyncio

from aiohttp import hdrs, web

from proxy.errors import TruncatedError
from proxy.replies import MediaReply
from proxy.sharing.kept_body import SLICE_BYTES, KeptBody
from proxy.web.paced_sending import Outgoing

TURN_BYTES = 4 * 1024 * 1024
"""How many bytes one player gets before it is the turn of others."""

# While the socket is full, asyncio waits with a slice of this size, which is copied.
_WAITING_BYTES = 16 * 1024

_NOT_MODIFIED = 304


async def send_kept(
    outgoing: Outgoing, reply: MediaReply, body: KeptBody
) -> web.StreamResponse:
    """Send a kept resource, or a part of it.

    The caller must have entered the body as a context manager.
    """
    length = None if reply.status == _NOT_MODIFIED else body.content_length
    answer = outgoing.start(reply, length=length)
    if not length or outgoing.request.method == hdrs.METH_HEAD:
        await outgoing.put(b"")
    elif (data := body.data) is not None:
        await outgoing.put(data, ahead=0)
    else:
        await outgoing.put(b"")
        await send_file(outgoing, body)
    return answer


async def send_file(outgoing: Outgoing, body: KeptBody) -> None:
    """Send the bytes with sendfile, or read and write them if that is not possible.

    When the socket is full, one slice is read and written as usual. asyncio then waits
    until the socket has accepted it, and notices if the player disconnects.
    """
    at, kept = body.start, body.kept
    file, offset = kept.file or (-1, 0)
    while at < body.end:
        count = min(TURN_BYTES, body.end - at)
        sent = outgoing.put_file(file, offset + at, count) if kept.file else None
        if sent:
            at += sent
            if sent == TURN_BYTES:
                await asyncio.sleep(0)
            continue
        size = SLICE_BYTES if sent is None else _WAITING_BYTES
        data = kept.read(at, min(at + size, body.end))
        if not data:
            raise TruncatedError("a kept resource is shorter than it was")
        await outgoing.put(data, ahead=0)
        at += len(data)
