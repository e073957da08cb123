"""Pass on the bytes of a resource, and never mark an incomplete body as complete.

The body ends for the player in the way it ended for us: after the declared length, with
the last chunk, or with the connection. An error after the head is raised. aiohttp then
closes the connection without the terminator that would mark the body as complete.
"""

from aiohttp import HttpVersion11, hdrs, web

from proxy.core.http.framing import Framing
from proxy.core.http.headers import is_clean
from proxy.errors import BadAnswerError, TruncatedError, UpstreamError
from proxy.replies import MediaBody, MediaReply
from proxy.sharing.kept_body import KeptBody
from proxy.web.direct_answers import SANDBOX
from proxy.web.kept_resource import send_kept
from proxy.web.paced_sending import Outgoing

_NOT_MODIFIED = 304


class Relayed(web.StreamResponse):
    """An upstream's answer. It has no Content-Type if the upstream sent none.

    aiohttp would add application/octet-stream, which may be wrong (RFC 9110, section
    8.3).
    """

    async def _prepare_headers(self) -> None:
        # A private method: a test on the raw socket checks that it still works.
        typed = hdrs.CONTENT_TYPE in self.headers
        await super()._prepare_headers()
        if not typed:
            self.headers.popall(hdrs.CONTENT_TYPE, None)


class CloseDelimited(Relayed):
    """An answer without length or chunking: its body ends with the connection.

    aiohttp would send such a body chunked. That would mark it as complete, although
    that was never verified.
    """

    _length_check = False  # private: a test on the raw socket checks it still works

    def __init__(self, *, status: int) -> None:
        super().__init__(status=status)
        self.force_close()


async def relay(outgoing: Outgoing, reply: MediaReply) -> web.StreamResponse:
    """Send a resource piece by piece as it arrives.

    Raises UpstreamError if the upstream fails. Nothing is sent before the first byte of
    the body, so until then the player can still get an error status. Exception: if the
    upstream holds the body back, the head is sent at once, because players give up on a
    silent connection. Cancelling closes the upstream's answer.
    """
    async with reply.answer as body:
        if outgoing.may_write(reply.status):
            if isinstance(body, KeptBody):
                return await send_kept(outgoing, reply, body)
            get, length = outgoing.request.method == hdrs.METH_GET, body.content_length
            if get and body.framing is Framing.LENGTH and length is not None:
                return await _write(outgoing, reply, length)
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
    """Send a body of known length, with the head and the first piece together.

    aiohttp's response and a system call for the head would make up a fifth of the cost
    of relaying a small resource.
    """
    body, left = reply.answer, length
    chunks = body.chunks()
    answer = outgoing.start(reply, length=length)
    first = b"" if body.held else await anext(chunks, b"")
    await outgoing.put(first[:left])
    left -= len(first)
    async for chunk in chunks:
        if left > 0:
            await outgoing.put(chunk[:left])
        left -= len(chunk)
    if left:
        raise _lied()
    return answer


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


def _head(request: web.BaseRequest, reply: MediaReply) -> web.StreamResponse:
    body = reply.answer
    bounded = body.framing in (Framing.LENGTH, Framing.NONE)
    chunked = body.framing is Framing.CHUNKED and request.version >= HttpVersion11
    response = (
        Relayed(status=reply.status)
        if bounded or chunked or request.method == hdrs.METH_HEAD
        else CloseDelimited(status=reply.status)
    )
    for name, value in (SANDBOX, *reply.headers):
        if not is_clean(value):
            raise BadAnswerError("a header field holds control characters")
        response.headers.add(name, value)
    if reply.age is not None:
        response.headers[hdrs.AGE] = str(reply.age)
    if reply.cache is not None:
        response.headers["Cache-Status"] = reply.cache.line
    if chunked and request.method != hdrs.METH_HEAD:
        response.enable_chunked_encoding()
    elif body.content_length is not None and reply.status != _NOT_MODIFIED:
        response.content_length = body.content_length
    return response
