"""The check of the Host field."""

import re
from collections.abc import Mapping, Sequence

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
def test_a_host_is_normalised(text: str, host: Host) -> None:
    """Case and the spelling of an IPv6 address make no difference."""
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
def test_a_malformed_host_is_never_ours(text: str) -> None:
    """It names no host."""
    assert parse(text) is None
    assert not HOSTS.ours(text, address="127.0.0.1", port=8080)


OURS = {
    "no name server is asked for it (RFC 6761, section 6.3)": (
        *("localhost:8080", "LOCALHOST:8080", "localhost", "localhost:9090"),
        *("LocalHost:1",),
    ),
    "an address is not looked up, and these never leave the machine of the browser": (
        *("127.0.0.1:8080", "127.0.0.1", "127.0.0.1:9090", "127.0.0.2:8080"),
        *("127.255.255.254", "[::1]:8080", "[::1]", "[::1]:9090"),
        *("[0:0:0:0:0:0:0:1]:9090",),
    ),
    "the connection came in on that very address and port": ("192.168.1.5:8080",),
    "configured without a port: as a front sends it, and with the port of ours": (
        *("tv.lan", "tv.lan:8080"),
    ),
    "configured with a port": ("tv.example.com:8443", "[fd00:0::1]:9000"),
}
FOREIGN = {
    "whoever has the name gives it our address (DNS rebinding)": (
        *("evil.example:8080", "evil.example", "x127.0.0.1:8080"),
        *("127.0.0.1.evil.example:8080", "127.0.0.evil.example:8080"),
        *("127.0.0.1.nip.io:8080", "localhost.evil.example:8080"),
    ),
    "some resolvers do ask a name server": (
        *("localhost.:8080", "localhost.localdomain:8080", "evil.localhost:8080"),
        *("127.0.0.1.:8080",),
    ),
    "an address to some and a name to others; no browser sends these": (
        *("127.1:8080", "127.0.0.01:8080", "0177.0.0.1:8080", "0x7f.0.0.1:8080"),
        *("2130706433:8080", "0:8080"),
    ),
    "a page elsewhere can reach this machine by it, past what guards loopback": (
        *("0.0.0.0:8080", "[::]:8080", "[::ffff:127.0.0.1]:8080"),
        *("[::127.0.0.1]:8080",),
    ),
    "another address, or another port of an address": (
        *("192.168.1.6:8080", "192.168.1.5:9090", "192.168.1.5", "[::2]:8080"),
    ),
    "configured, but not with this port": (
        *("tv.lan:9999", "tv.example.com:8080", "tv.example.com"),
    ),
}


def rows(table: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return each host with the reason."""
    return [(text, why) for why, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "why"), rows(OURS))
def test_these_hosts_are_ours(text: str, why: str) -> None:
    """No page of another site can make a browser send them."""
    assert HOSTS.ours(text, address="192.168.1.5", port=8080), why


@pytest.mark.parametrize(("text", "why"), rows(FOREIGN))
def test_s1_other_hosts_are_not(text: str, why: str) -> None:
    """A page of another site might make a browser send them."""
    assert not HOSTS.ours(text, address="192.168.1.5", port=8080), why


def test_without_a_port_port_80_is_meant() -> None:
    """Browsers leave out the default port."""
    assert Hosts().ours("10.0.0.1", address="10.0.0.1", port=80)
    assert not Hosts().ours("10.0.0.1", address="10.0.0.1", port=8080)
    assert not Hosts().ours("10.0.0.1:0", address="10.0.0.1", port=80)


@pytest.mark.parametrize(
    ("text", "setting"),
    [
        ("tv.lan:8080", "tv.lan"),
        ("TV.lan", "tv.lan"),
        ("tv.lan:9090", "tv.lan:9090"),
        ("192.168.1.5:9090", "192.168.1.5:9090"),
        ("[fd00:0::1]:9090", "[fd00::1]:9090"),
    ],
)
def test_the_suggested_setting_is_enough(text: str, setting: str) -> None:
    """With it in `server.hosts`, the host is accepted."""
    host = parse(text)
    assert host is not None
    assert host.setting(8080) == setting


_NAMES = st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,5})?", fullmatch=True)


@given(_NAMES, st.integers(1, 65535))
def test_the_suggested_setting_is_correct(text: str, port: int) -> None:
    """It makes the requested host ours."""
    host = parse(text)
    assert host is not None
    assert Hosts.of(host.setting(port)).ours(text, address="10.0.0.1", port=port)


@given(_NAMES)
def test_s1_no_name_is_ours_unless_it_is_configured(text: str) -> None:
    """Besides `localhost`, only loopback addresses are."""
    host = parse(text)
    assert host is not None
    ours = Hosts().ours(text, address="10.0.0.1", port=8080)
    spelt = re.fullmatch(r"(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}", host.name)
    assert not ours or host.name == "localhost" or spelt


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:192.168.1.5", "192.168.1.5"),
        ("fe80::1%eth0", "fe80::1"),
        ("/run/socket", "/run/socket"),
    ],
)
def test_a_mapped_address_is_converted(address: str, expected: str) -> None:
    """A socket for both protocols reports IPv4 peers as mapped addresses."""
    assert plain(address) == expected


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    """The result is a host or None."""
    parse(text)
