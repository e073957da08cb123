"""A minimal and fast relay in aiohttp: what Python at its best would cost."""

import contextlib
from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from benchmarks.media.origin import TOKEN
from benchmarks.rig.servers import served

# The number of bytes that aiohttp's transports read at once grows with this.
_READ_BUFFER_BYTES = 256 * 1024


@contextlib.asynccontextmanager
async def bare(origins: Mapping[str, str]) -> AsyncIterator[int]:
    """Relay `/plain/…` from the origin of that name, and so on.

    It is a handler below the router with one session, and decodes nothing. The token is
    written into the URL. It checks nothing, counts nothing, and knows one kind of
    answer.
    """
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        read_bufsize=_READ_BUFFER_BYTES,
    )

    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        _, which, path = request.path.split("/", 2)
        async with session.get(f"{origins[which]}/{path}?token={TOKEN}") as answer:
            response = web.StreamResponse(
                status=answer.status,
                headers={
                    "Content-Type": answer.headers["Content-Type"],
                    "Content-Length": answer.headers["Content-Length"],
                },
            )
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
        return response

    async with session, served(web.ServerRunner(web.Server(handler))) as port:
        yield port
