"""Passes the bytes of a resource on, and never calls an incomplete body complete.

The body ends for the player as it ends for us: after so many bytes, with the last
chunk, or with the connection. An error after the head is raised: aiohttp then closes
the connection without the terminator that would certify what was sent as whole.
"""

from aiohttp import HttpVersion11, hdrs, web

from proxy.core.http.headers import is_clean
from proxy.errors import BadAnswerError, TruncatedError, UpstreamError
from proxy.streams.replies import MediaBody, MediaReply
from proxy.upstream.answer import Framing
from proxy.web.outgoing import WRITTEN, Outgoing


class Relayed(web.StreamResponse):
    """An answer that is the upstream's: of no type, where it named none.

    aiohttp would call it application/octet-stream, which is more than anybody knows
    (RFC 9110, section 8.3).
    """

    async def _prepare_headers(self) -> None:
        # Private: a test on the raw socket watches over it.
        typed = hdrs.CONTENT_TYPE in self.headers
        await super()._prepare_headers()
        if not typed:
            self.headers.popall(hdrs.CONTENT_TYPE, None)


class CloseDelimited(Relayed):
    """No Content-Length, no chunking: the end of the connection is the end of the body.

    aiohttp would frame such a body as chunked and so vouch for an end that nobody saw.
    """

    _length_check = False  # private: a test on the raw socket watches over it

    def __init__(self, *, status: int) -> None:
        super().__init__(status=status)
        self.force_close()


async def relay(outgoing: Outgoing, reply: MediaReply) -> web.StreamResponse:
    """Send a resource as it comes.

    Raise UpstreamError where the upstream breaks; before the first byte of the body
    nothing is sent yet, so that the player can still be told. Of a body that is held
    back the head goes at once: players give up on a silent connection. Cancelling
    gives the upstream's answer up.
    """
    async with reply.answer as body:
        length = body.content_length
        get = outgoing.request.method == hdrs.METH_GET
        bounded = body.framing is Framing.LENGTH and length is not None
        if get and bounded and outgoing.may_write(reply.status):
            return await _write(outgoing, reply, length or 0)
        response = _head(outgoing.request, reply)
        if outgoing.request.method == hdrs.METH_HEAD or body.framing is Framing.NONE:
            await outgoing.begin(response)
        else:
            await _pour(outgoing, response, body)
        await outgoing.end(response)
    return response


async def _write(
    outgoing: Outgoing, reply: MediaReply, length: int
) -> web.StreamResponse:
    """Send a body of known length, its head together with the first piece.

    A response of aiohttp's and a system call for its head are a fifth of what it costs
    to relay something small.
    """
    body, left = reply.answer, length
    chunks = body.chunks()
    write = outgoing.start(reply.status, (_SANDBOX, *reply.headers), length=length)
    first = b"" if body.held else await anext(chunks, b"")
    await write(first[:left])
    left -= len(first)
    async for chunk in chunks:
        if left > 0:
            await write(chunk[:left])
        left -= len(chunk)
    if left:
        raise _lied()
    return WRITTEN[reply.status]


def _lied() -> TruncatedError:
    return TruncatedError("more or fewer bytes came than were announced")


async def _pour(
    outgoing: Outgoing, response: web.StreamResponse, body: MediaBody
) -> None:
    chunks = body.chunks()
    first = b"" if body.held else await anext(chunks, b"")
    await outgoing.begin(response)
    try:
        sent = len(first)
        if first:
            await outgoing.write(response, first)
        async for chunk in chunks:
            sent += len(chunk)
            await outgoing.write(response, chunk)
        if body.content_length not in (None, sent):
            raise _lied()
    except UpstreamError:
        if isinstance(response, CloseDelimited):
            outgoing.abort()
        raise


# What an upstream sends is no document of ours: if a browser shows it all the same, it
# runs no script, loads nothing and has an origin of its own.
_SANDBOX = ("Content-Security-Policy", "sandbox; default-src 'none'")


def _head(request: web.BaseRequest, reply: MediaReply) -> web.StreamResponse:
    body = reply.answer
    bounded = body.framing in (Framing.LENGTH, Framing.NONE)
    chunked = body.framing is Framing.CHUNKED and request.version >= HttpVersion11
    response = (
        Relayed(status=reply.status)
        if bounded or chunked or request.method == hdrs.METH_HEAD
        else CloseDelimited(status=reply.status)
    )
    response.headers.add(*_SANDBOX)
    for name, value in reply.headers:
        if not is_clean(value):
            raise BadAnswerError("a header field holds control characters")
        response.headers.add(name, value)
    if chunked and request.method != hdrs.METH_HEAD:
        response.enable_chunked_encoding()
    elif body.content_length is not None:
        response.content_length = body.content_length
    return response
