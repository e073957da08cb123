"""Which host names are served, and which are refused."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from proxy.core.http.listening import Address
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
