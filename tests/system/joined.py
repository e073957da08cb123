"""Both ends of a connection."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def joined() -> AsyncIterator[tuple[socket.socket, asyncio.Transport]]:
    """Yield both ends of a connection; the first end has little room."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        _, writer = await asyncio.open_connection(*server.getsockname())
        with server.accept()[0] as end:
            assert isinstance(writer.transport, asyncio.Transport)
            yield end, writer.transport
    writer.transport.abort()
