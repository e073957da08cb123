"""Deliberate faults of the origin, like those of networks and servers."""

from collections.abc import Callable
from enum import StrEnum

from aiohttp import web


class OriginFault(StrEnum):
    """What happens to one request."""

    RESET = "reset"
    """The connection breaks before the answer."""
    UNAVAILABLE = "unavailable"
    """503 without Retry-After."""
    CUT = "cut"
    """The body stops in the middle."""


Faults = Callable[[], OriginFault | None]
"""Called for each request; None means no fault."""


class CutResponse(web.Response):
    """Announces its whole body, sends half of it, and closes the connection."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send half of the body."""
        del data
        request, writer, body = self._req, self._payload_writer, self._body
        if request is None or writer is None or not isinstance(body, bytes):
            return
        await writer.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.close()


def broken(
    request: web.BaseRequest, response: web.Response, fault: OriginFault | None
) -> web.Response:
    """Return the response with the fault applied."""
    match fault:
        case OriginFault.RESET:
            if request.transport is not None:
                request.transport.abort()
        case OriginFault.UNAVAILABLE:
            return web.Response(status=503)
        case OriginFault.CUT if response.status in (200, 206):
            headers = dict(response.headers)
            headers.pop("Content-Type", None)
            return CutResponse(
                status=response.status,
                body=response.body,
                content_type=response.content_type,
                headers=headers,
            )
    return response
