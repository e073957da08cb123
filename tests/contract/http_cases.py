"""Requests and servers for the tests of HTTP."""

import sys
from collections.abc import Callable

from aiohttp import web

if sys.version_info >= (3, 14):
    pass
else:
    pass


HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"


SEGMENT = "#EXTINF:4,\ns.ts\n"


MEDIA = HEAD + SEGMENT


LOCAL = MEDIA.replace("s.ts", "main/s.ts").encode()


TYPE = "application/vnd.apple.mpegurl"


PATH = "/lobby/main/s.ts"


TS = bytes(range(256)) * 4


ETAG = '"strong"'


Answer = Callable[[web.Request], web.Response]


def told(text: str | bytes, content_type: str = TYPE, **headers: str) -> Answer:
    """Return a handler that answers with this body and type."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named["Content-Type"] = content_type
    body = text.encode() if isinstance(text, str) else text
    return lambda _: web.Response(body=body, headers=named)


def ranged(request: web.Request) -> web.Response:
    """Answer as RFC 9110 section 14 requires, also for several ranges and If-Range."""
    fields = {"ETag": ETAG, "Accept-Ranges": "bytes", "Content-Type": "video/x-own"}
    if request.headers.get("If-None-Match") == ETAG:
        return web.Response(status=304, headers=fields)
    asked = request.headers.get("Range")
    if asked is None or request.headers.get("If-Range", ETAG) != ETAG:
        return web.Response(body=TS, headers=fields)
    spans = [_span(part) for part in asked.removeprefix("bytes=").split(",")]
    if None in spans:
        fields["Content-Range"] = f"bytes */{len(TS)}"
        return web.Response(status=416, headers=fields)
    parts = [(f"bytes {a}-{b - 1}/{len(TS)}", TS[a:b]) for a, b in filter(None, spans)]
    if len(parts) == 1:
        fields["Content-Range"] = parts[0][0]
        return web.Response(status=206, headers=fields, body=parts[0][1])
    fields["Content-Type"] = "multipart/byteranges; boundary=B"
    body = b"".join(
        f"--B\r\nContent-Range: {said}\r\n\r\n".encode() + data + b"\r\n"
        for said, data in parts
    )
    return web.Response(status=206, headers=fields, body=body + b"--B--\r\n")


def _span(part: str) -> tuple[int, int] | None:
    first, _, last = part.partition("-")
    if not first:
        return max(0, len(TS) - int(last)), len(TS)
    begin, end = int(first), min(int(last or len(TS)), len(TS) - 1) + 1
    return (begin, end) if begin < len(TS) else None
