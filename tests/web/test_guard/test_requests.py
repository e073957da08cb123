"""Requests that are refused before their path is parsed."""

import re

import pytest
from structlog.testing import capture_logs

from proxy.web.access import Access
from proxy.web.guard import HEAD_BYTES
from tests.web.fakes import (
    app,
    ask,
    lobby,
    parse,
    raw,
    served,
)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/lobby/index.m3u8",
        "http://evil.example/lobby/index.m3u8",
        "https://evil.example/",
        "*",
        "lobby/index.m3u8",
        "/lobby/index.m3u8#/etc",
        "/lobby/index.m3u8?a=\xff",
    ],
)
async def test_t13_a_target_that_is_not_a_path_is_refused(target: str) -> None:
    """The absolute form is for forward proxies, which this is not."""
    stream = lobby()
    async with served(app(stream)) as port:
        heard = await ask(port, target)

    assert (heard.status, stream.asked) == (400, [])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
async def test_other_methods_are_refused(method: str) -> None:
    """The answer lists the allowed ones."""
    async with served(app()) as port:
        heard = await ask(port, "/lobby/index.m3u8", method=method)

    assert heard.status in (400, 405)
    if heard.status == 405:
        assert heard.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "field", ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n"]
)
async def test_a_request_with_a_body_is_refused(field: str) -> None:
    """The connection ends, so that the body is never taken for a request."""
    stream = lobby()
    async with served(app(stream)) as port:
        head = f"GET /lobby/index.m3u8 HTTP/1.1\r\nHost: localhost:{port}\r\n"
        heard = parse(await raw(port, (head + field).encode()))

    assert (heard.status, heard.headers["Connection"]) == (413, "close")
    assert stream.asked == []


async def test_a_long_head_is_refused() -> None:
    """Each field may be long, but not all together."""
    async with served(app()) as port:
        for size, status in ((5_000, 200), (HEAD_BYTES // 10, 431)):
            headers = {f"X-{number}": "x" * size for number in range(10)}
            heard = await ask(port, "/lobby/index.m3u8", headers)
            assert heard.status == status


async def test_a_refused_address_is_named() -> None:
    """So that its network can be allowed."""

    class Nobody(Access):
        def admits(self, peer: str, local: str = "") -> bool:
            return not (peer or local)

    with capture_logs() as logged:
        async with served(app(access=Nobody())) as port:
            heard = await ask(port, "/lobby/index.m3u8")

    assert heard.status == 403
    assert logged[-1]["problem"] == "address not allowed"
    assert logged[-1]["detail"] == "127.0.0.1 is not in server.allowed_networks"


async def test_each_head_of_a_connection_is_judged() -> None:
    """Whatever came before it."""
    good, evil = "Host: localhost:{port}", "Host: evil.example"
    page = "Sec-Fetch-Site: cross-site"
    asked = [
        (f"GET /livez HTTP/1.1\r\n{good}", 200),
        (f"GET /livez HTTP/1.1\r\n{good}", 200),
        (f"GET /livez HTTP/1.1\r\n{evil}", 421),
        (f"GET /livez HTTP/1.1\r\n{evil}", 421),
        (f"GET /livez HTTP/1.1\r\n{good}", 200),
        (f"PUT /livez HTTP/1.1\r\n{good}", 405),
        (f"GET http://evil.example/livez HTTP/1.1\r\n{good}", 400),
        (f"GET /livez HTTP/1.1\r\n{good}\r\n{page}", 403),
        (f"GET /none HTTP/1.1\r\n{good}", 404),
        (f"GET /livez HTTP/1.1\r\n{good}\r\nConnection: close", 200),
    ]
    async with served(app()) as port:
        heads = "".join(f"{head}\r\n\r\n" for head, _ in asked)
        heard = await raw(port, heads.replace("{port}", str(port)).encode())

    statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+)", heard)]
    assert statuses == [status for _, status in asked]
