"""An origin that answers as one with ranges does."""

from collections.abc import Callable

from aiohttp import web

BODY = bytes(range(256)) * 16


def ranged(
    body: bytes = BODY, etag: str = '"a"', **more: str
) -> Callable[[web.Request], web.Response]:
    """Return a handler that answers as an origin with ranges does."""
    said = {name.replace("_", "-"): value for name, value in more.items()}

    def answer(request: web.Request) -> web.Response:
        wanted = request.http_range
        fields = {"ETag": etag, "Accept-Ranges": "bytes", **said}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=fields)
        if "Range" not in request.headers:
            return web.Response(body=body, content_type="video/mp2t", headers=fields)
        start, stop, _ = wanted.indices(len(body))
        if start >= stop:
            fields["Content-Range"] = f"bytes */{len(body)}"
            return web.Response(status=416, headers=fields)
        fields["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
        return web.Response(
            status=206,
            body=body[start:stop],
            content_type="video/mp2t",
            headers=fields,
        )

    return answer
