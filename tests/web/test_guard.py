"""Tests of what is refused before anybody looks at the path."""

import re

import pytest

from proxy.web.access import Access
from proxy.web.guard import HEAD_BYTES
from tests.web.fakes import app, ask, lobby, parse, raw, served

EVERYWHERE = [
    "/lobby/index.m3u8",
    "/lobby/main/seg1.ts",
    "/",
    "/livez",
    "/readyz",
    "/metrics",
    "/status.json",
    "/none/at/all",
]


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_s1_a_foreign_host_is_refused_everywhere(path: str) -> None:
    """Another name, the right name with another port, an empty name."""
    async with served(app(lobby())) as port:
        for host in ("evil.example", f"evil.example:{port}", f"localhost:{port + 1}"):
            assert (await ask(port, path, {"Host": host})).status == 421
        assert (await ask(port, path, {"Host": ""})).status == 400


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_s1_a_missing_or_second_host_is_refused_everywhere(path: str) -> None:
    """HTTP/1.0 may leave it out, so that one is ours to refuse."""
    async with served(app()) as port:
        host = f"Host: localhost:{port}\r\n"
        for head in (
            f"GET {path} HTTP/1.0\r\n\r\n",
            f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n",
            f"GET {path} HTTP/1.1\r\n{host}{host}Connection: close\r\n\r\n",
            f"GET {path} HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n",
        ):
            assert parse(await raw(port, head.encode())).status == 400


async def test_our_hosts_are_served() -> None:
    """The loopback names with the port, and configured ones."""
    async with served(app(hosts=["tv.lan"])) as port:
        for host in (f"localhost:{port}", f"[::1]:{port}", f"tv.lan:{port}", "tv.lan"):
            heard = await ask(port, "/lobby/index.m3u8", {"Host": host})
            assert heard.status == 200


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
async def test_t13_a_target_that_is_no_path_is_refused(target: str) -> None:
    """The absolute form is for forward proxies, which this is not."""
    stream = lobby()
    async with served(app(stream)) as port:
        heard = await ask(port, target)

    assert (heard.status, stream.asked) == (400, [])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
async def test_other_methods_are_refused(method: str) -> None:
    """And told which there are."""
    async with served(app()) as port:
        heard = await ask(port, "/lobby/index.m3u8", method=method)

    assert heard.status in (400, 405)
    if heard.status == 405:
        assert heard.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "field", ["Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n"]
)
async def test_a_request_with_a_body_is_refused(field: str) -> None:
    """The connection ends with it, so that the body is never taken for a request."""
    stream = lobby()
    async with served(app(stream)) as port:
        head = f"GET /lobby/index.m3u8 HTTP/1.1\r\nHost: localhost:{port}\r\n"
        heard = parse(await raw(port, (head + field).encode()))

    assert (heard.status, heard.headers["Connection"]) == (413, "close")
    assert stream.asked == []


async def test_a_long_head_is_refused() -> None:
    """Each field may be long, all together may not."""
    async with served(app()) as port:
        for size, status in ((5_000, 200), (HEAD_BYTES // 10, 431)):
            headers = {f"X-{number}": "x" * size for number in range(10)}
            heard = await ask(port, "/lobby/index.m3u8", headers)
            assert heard.status == status


async def test_a_strangers_page_and_address_are_refused() -> None:
    """A foreign page is; this machine itself never is a stranger."""
    async with served(app(access=Access())) as port:
        heard = await ask(port, "/", {"Sec-Fetch-Site": "cross-site"})
        assert heard.status == 403
        assert (await ask(port, "/")).status == 200


async def test_a_head_that_passed_lets_no_other_pass() -> None:
    """Over one connection each request is judged, whatever went before it."""
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
