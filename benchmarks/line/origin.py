"""An origin over TLS that serves files to those who bring the token in the path."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from aiohttp import web

from tests.lines.line import FAR, Line

TOKEN = "t0k3n-of-the-benchmark"  # noqa: S105 - no secret
_PORT = 8443
_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t"}


@contextlib.asynccontextmanager
async def origin(
    line: Line, files: Mapping[str, bytes], certificate: Path
) -> AsyncIterator[str]:
    """Serve at the far end while the block lasts; yield the URL of the folder.

    `{token}` in that URL is the place of the token.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        token, _, name = request.path[1:].partition("/")
        if token != TOKEN:
            raise web.HTTPForbidden
        if name not in files:
            raise web.HTTPNotFound
        kind = _TYPES[Path(name).suffix]
        # hls.js asks from a page of another origin.
        fields = {"Content-Type": kind, "Access-Control-Allow-Origin": "*"}
        return web.Response(body=files[name], headers=fields)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    try:
        await web.SockSite(runner, line.listen(_PORT), ssl_context=tls).start()
        yield f"https://{FAR}:{_PORT}/{{token}}"
    finally:
        await runner.cleanup()
