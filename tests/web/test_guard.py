"""Tests of what is refused before the path is parsed."""

import asyncio
import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from proxy.core.http.listening import Address
from proxy.web.access import Access
from proxy.web.guard import HEAD_BYTES
from proxy.web.protocol import Limits
from tests.web.fakes import (
    PLAYLIST,
    app,
    ask,
    connected,
    lobby,
    parse,
    raw,
    served,
    served_at,
)

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
    """Another name, a configured one with another port, an empty name."""
    async with served(app(lobby(), hosts=["tv.lan"])) as port:
        for host in ("evil.example", f"evil.example:{port}", f"tv.lan:{port + 1}"):
            assert (await ask(port, path, {"Host": host})).status == 421
        assert (await ask(port, path, {"Host": ""})).status == 400


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_s1_a_missing_or_second_host_is_refused_everywhere(path: str) -> None:
    """Only HTTP/1.0 may omit it, but must not send it empty."""
    async with served(app()) as port:
        host = f"Host: localhost:{port}\r\n"
        for head in (
            f"GET {path} HTTP/1.0\r\nHost:\r\n\r\n",
            f"GET {path} HTTP/1.0\r\n{host}{host}\r\n",
            f"GET {path} HTTP/0.9\r\n\r\n",
            f"GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n",
            f"GET {path} HTTP/1.1\r\n{host}{host}Connection: close\r\n\r\n",
            f"GET {path} HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n",
        ):
            assert parse(await raw(port, head.encode())).status == 400


async def test_our_hosts_are_served() -> None:
    """The loopback names with any port, and configured ones."""
    ours = ["localhost:{port}", "localhost:9", "localhost", "[::1]", "127.0.0.1:9"]
    async with served(app(hosts=["tv.lan"])) as port:
        for host in (*ours, "tv.lan:{port}", "tv.lan"):
            fields = {"Host": host.replace("{port}", str(port))}
            heard = await ask(port, "/lobby/index.m3u8", fields)
            assert heard.status == 200


@pytest.mark.parametrize(
    ("host", "setting"),
    [
        ("tv.lan", "tv.lan"),
        ("tv.lan:{port}", "tv.lan"),
        ("tv.lan:9", "tv.lan:9"),
        ("[fd00::1]:9", "[fd00::1]:9"),
        ("10.0.0.1:9", "10.0.0.1:9"),
    ],
)
async def test_a_refused_name_is_shown_with_the_setting_to_allow_it(
    host: str, setting: str
) -> None:
    """To people in the answer, to the operator of a player in the log."""
    with capture_logs() as logged:
        async with served(app()) as port:
            host = host.replace("{port}", str(port))
            heard = await ask(port, "/lobby/index.m3u8", {"Host": host})

    said = heard.body.decode()
    assert said.startswith("421 Misdirected Request\n")
    assert f"You asked for {host}." in said
    assert f'[server]\nhosts = ["{setting}"]\n' in said
    assert heard.headers["Content-Type"] == "text/plain"
    assert logged[-1]["problem"] == "host name not allowed"
    assert logged[-1]["detail"] == f"{host} is not in server.hosts"


@pytest.mark.parametrize("host", ["<b>x</b>", "a b", "a@b", "x" * 300, "a\tb", "a:b:c"])
async def test_a_malformed_name_is_not_repeated(host: str) -> None:
    """Neither in the answer nor in the log."""
    with capture_logs() as logged:
        async with served(app()) as port:
            heard = await ask(port, "/lobby/index.m3u8", {"Host": host})

    assert (heard.status, host in heard.body.decode()) == (421, False)
    assert "malformed" in heard.body.decode()
    assert host not in str(logged)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_an_old_player_without_host_is_answered(address: str) -> None:
    """HTTP/1.0 without Host: the address of the connection replaces it."""
    stream = lobby()
    site = app(stream)
    site.site = replace(site.site, limits=Limits(drain_seconds=1.0))
    async with served_at(site, [Address(address, 0)]) as (bound,):
        reader, writer = await asyncio.open_connection(address, bound.port)
        writer.write(b"GET /lobby/index.m3u8 HTTP/1.0\r\n\r\n")
        heard = parse(await reader.read())
        writer.close()

    assert (heard.status, heard.body) == (200, PLAYLIST)
    assert stream.asked[0][1].base_url == f"http://{bound}"


async def test_a_page_without_host_is_still_foreign() -> None:
    """A page that could send such a request is refused by its origin."""
    async with served(app()) as port:
        for field in ("Origin: http://evil.example", "Sec-Fetch-Site: cross-site"):
            head = f"GET /lobby/index.m3u8 HTTP/1.0\r\n{field}\r\n\r\n"
            assert parse(await raw(port, head.encode())).status == 403


async def test_a_missing_host_is_accepted_only_for_its_version() -> None:
    """Over one connection, equal fields are no reason to accept HTTP/1.1."""
    head = "GET /livez HTTP/1.{}\r\nConnection: keep-alive\r\n\r\n"
    async with served(app()) as port, connected(port) as (reader, writer):
        for version, status in ((0, 200), (0, 200), (1, 400)):
            writer.write(head.format(version).encode())
            heard = await reader.readuntil(b"\r\n\r\n")
            assert int(heard.split()[1]) == status
            await reader.readuntil(b"\n")


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


async def test_a_foreign_page_is_refused_and_this_machine_is_not() -> None:
    """This machine itself is always allowed."""
    async with served(app(access=Access())) as port:
        heard = await ask(port, "/", {"Sec-Fetch-Site": "cross-site"})
        assert heard.status == 403
        assert (await ask(port, "/")).status == 200


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        (
            {"Origin": "https://page.example:8443"},
            "https://page.example:8443 is not in server.cors_origins",
        ),
        (
            {
                "Referer": "https://page.example/a?CANARY",
                "Sec-Fetch-Site": "cross-site",
            },
            "https://page.example is not in server.cors_origins",
        ),
        ({"Origin": "null"}, "a page of another origin is not in server.cors_origins"),
        (
            {"Origin": "https://<b>CANARY"},
            "a page of another origin is not in server.cors_origins",
        ),
        ({"Sec-Fetch-Dest": "iframe"}, "a web page may not load this as iframe"),
    ],
)
async def test_a_refused_page_is_named(headers: dict[str, str], detail: str) -> None:
    """In the log and in the answer, with the setting that would allow it."""
    with capture_logs() as logged:
        async with served(app()) as port:
            heard = await ask(port, "/lobby/index.m3u8", headers)

    assert heard.status == 403
    assert heard.body.decode() == f"403 Forbidden\n\n{detail}\n"
    assert logged[-1]["detail"] == detail
    assert "CANARY" not in str(logged)


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


@pytest.mark.parametrize("dest", ["iframe", "object", "script", "serviceworker"])
@pytest.mark.parametrize("path", ["/", "/status.json", "/lobby/index.m3u8"])
async def test_no_page_may_frame_or_run_anything(path: str, dest: str) -> None:
    """Not even a page of our own origin: there is none that would."""
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": dest}
    async with served(app()) as port:
        assert (await ask(port, path, headers)).status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/metrics", 200),
        ("/lobby/index.m3u8", 200),
        ("/lobby", 302),
        ("/lobby/main/s.ts", 403),
        ("/lobby/common/k-aaaaaaaaaaaa.bin", 403),
    ],
)
async def test_pages_and_playlists_are_opened_as_documents(
    path: str, status: int
) -> None:
    """What an upstream sends is not, whatever it is."""
    headers = {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
    async with served(app()) as port:
        assert (await ask(port, path, headers)).status == status
