"""Send one request over a session's connections, bypassing the session's own logic.

aiohttp's session follows redirects, keeps cookies, looks for proxies, runs middleware
and sends a second time when a connection dies. None of that is wanted here, and it
costs a quarter of the time of a small answer. Only this module uses the session's
connector.
"""

from contextlib import AbstractAsyncContextManager

import aiohttp
from aiohttp.connector import Connection

from proxy.upstream.heads import MAX_HEAD_BYTES

# Measured: the fewest system calls per byte. Larger buffers cost memory without gain.
READ_BUFFER_BYTES = 256 * 1024


async def exchanged(
    request: aiohttp.ClientRequest,
    session: aiohttp.ClientSession,
    limits: aiohttp.ClientTimeout,
    silence: AbstractAsyncContextManager[object],
) -> aiohttp.ClientResponse:
    """Send once and return the answer when its head is here; its body is not decoded.

    `limits` apply to connecting; `silence` limits the wait for the head.

    Raises errors that `faults.fault_of` understands. A failure closes the connection.
    """
    connector = session.connector
    if connector is None:
        raise aiohttp.ClientConnectionError("the connections are closed")
    try:
        connection = await connector.connect(request, [], limits)
    except TimeoutError:
        raise aiohttp.ConnectionTimeoutError from None
    try:
        return await _over(connection, request, silence)
    except BaseException:
        connection.close()
        raise


async def _over(
    connection: Connection,
    request: aiohttp.ClientRequest,
    silence: AbstractAsyncContextManager[object],
) -> aiohttp.ClientResponse:
    protocol = connection.protocol
    if protocol is None:
        raise aiohttp.ClientConnectionError("the connection is closed")
    protocol.set_response_params(
        skip_payload=request.method == "HEAD",
        read_until_eof=True,
        auto_decompress=False,
        read_bufsize=READ_BUFFER_BYTES,
        max_field_size=MAX_HEAD_BYTES,
    )
    response = await request.send(connection)
    try:
        async with silence:
            return await response.start(connection)
    except BaseException:
        response.close()
        raise
