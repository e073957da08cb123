"""Tests of the check of the Host field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.hosts import Host, Hosts, parse, plain

HOSTS = Hosts.of("tv.lan", "TV.example.com:8443", "[fd00::1]:9000")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("localhost", Host("localhost", None)),
        ("LocalHost:8080", Host("localhost", 8080)),
        ("[::1]:8080", Host("::1", 8080)),
        ("[0:0:0:0:0:0:0:1]", Host("::1", None)),
        ("10.0.0.1:80", Host("10.0.0.1", 80)),
    ],
)
def test_a_host_is_read_in_one_spelling(text: str, host: Host) -> None:
    """Case and the length of an IPv6 address make no difference."""
    assert parse(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":8080",
        "localhost:",
        "localhost:80:80",
        "localhost:port",
        "user@localhost",
        "localhost/",
        "local host",
        "localhost\n",
        "[::1",
        "::1",
        "[::1]x",
        "[1.2.3]",
        "[fe80::1%eth0]",
        "ⓛocalhost",
    ],
)
def test_a_malformed_host_is_nobody(text: str) -> None:
    """It cannot be ours."""
    assert parse(text) is None
    assert not HOSTS.ours(text, address="127.0.0.1", port=8080)


@pytest.mark.parametrize(
    "text",
    [
        "localhost:8080",
        "LOCALHOST:8080",
        "127.0.0.1:8080",
        "[::1]:8080",
        "192.168.1.5:8080",
        "tv.lan:8080",
        "tv.lan",
        "tv.example.com:8443",
        "[fd00:0::1]:9000",
    ],
)
def test_these_hosts_are_ours(text: str) -> None:
    """Loopback, the address that was connected to, and what is configured."""
    assert HOSTS.ours(text, address="192.168.1.5", port=8080)


@pytest.mark.parametrize(
    "text",
    [
        "evil.example:8080",
        "localhost",
        "localhost:8081",
        "127.0.0.1",
        "127.0.0.2:8080",
        "192.168.1.6:8080",
        "localhost.:8080",
        "localhost.evil.example:8080",
        "evil.localhost:8080",
        "tv.lan:9999",
        "tv.example.com:8080",
        "tv.example.com",
        "[::2]:8080",
        "[::ffff:127.0.0.1]:8080",
    ],
)
def test_s1_other_hosts_are_not(text: str) -> None:
    """Neither another name nor another port."""
    assert not HOSTS.ours(text, address="192.168.1.5", port=8080)


def test_without_a_port_port_80_is_meant() -> None:
    """A browser leaves the default port out."""
    assert Hosts().ours("localhost", address="127.0.0.1", port=80)
    assert not Hosts().ours("localhost:0", address="127.0.0.1", port=80)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:192.168.1.5", "192.168.1.5"),
        ("fe80::1%eth0", "fe80::1"),
        ("/run/socket", "/run/socket"),
    ],
)
def test_an_address_is_made_plain(address: str, expected: str) -> None:
    """A socket for both protocols reports IPv4 peers as mapped addresses."""
    assert plain(address) == expected


@given(st.text(max_size=60))
def test_any_text_is_read_or_none(text: str) -> None:
    """Nothing is raised."""
    parse(text)
