"""Addresses: which are public, and which a stream may reach."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.addresses import AddressPolicy, is_public

OWN = "https://cam.example.com"
STRICT = AddressPolicy(frozenset({OWN, "http://10.0.0.7:8080"}))
OPEN = AddressPolicy(STRICT.origins, public=True)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255"),
        *("172.32.0.0", "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
        *("2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"),
        *("2002:808:808::1", "2001:200::1"),
    ],
)
def test_s3_public_addresses_are_public(address: str) -> None:
    """Also those next to special networks, and embedded ones."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255"),  # noqa: S104
        *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1"),
        *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1"),
        *("2001:db8::1", "2002:7f00:1::1", "fc00::1", "fd12::1", "fe80::1"),
        *("fe80::1%eth0", "fec0::1", "ff02::1"),
        *("", "localhost", "2130706433", "127.1", "0x7f.0.0.1", "example.com"),
    ],
)
def test_s3_special_addresses_are_not_public(address: str) -> None:
    """Nor is text that is not an address."""
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_s3_an_embedded_address_is_judged_like_a_plain_one(inner: IPv4Address) -> None:
    """If it is mapped, or inside NAT64 or 6to4, the result is the same."""
    number = int(inner)
    for outer in (
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x0064FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ):
        assert is_public(str(outer)) is is_public(str(inner))


@pytest.mark.parametrize(
    ("url", "strict", "public"),
    [
        ("https://cam.example.com/live/index.m3u8", True, True),
        ("HTTPS://CAM.example.com:443/x?y", True, True),
        ("https://user:word@cam.example.com/x", True, True),
        ("http://10.0.0.7:8080/x", True, True),
        ("http://cam.example.com/x", False, True),
        ("https://cam.example.com:8443/x", False, True),
        ("https://other.example.net/x", False, True),
        ("https://8.8.8.8/x", False, True),
        ("https://[2606:4700::1111]:8443/x", False, True),
        ("http://10.0.0.7/x", False, False),
        ("http://10.0.0.8:8080/x", False, False),
        ("http://127.0.0.1/x", False, False),
        ("http://127.0.0.1./x", False, False),
        ("http://169.254.169.254/latest/meta-data", False, False),
        ("http://[::1]/x", False, False),
        ("http://[::ffff:127.0.0.1]/x", False, False),
        ("http://[64:ff9b::7f00:1]/x", False, False),
        ("http://2130706433/x", False, False),
        ("http://127.1/x", False, False),
        ("http://0x7f.1/x", False, False),
        ("http://0x7f000001/x", False, False),
        ("http://017700000001/x", False, False),
        ("http://cam.example.com@127.0.0.1/x", False, False),
        ("ftp://cam.example.com/x", False, False),
        ("file:///etc/passwd", False, False),
        ("//cam.example.com/x", False, False),
        ("https:///x", False, False),
        ("", False, False),
    ],
)
def test_s3_origins_are_judged_by_their_text(
    url: str, *, strict: bool, public: bool
) -> None:
    """A configured origin is allowed; any other only if it may be public."""
    assert STRICT.allows_origin(url) is strict
    assert OPEN.allows_origin(url) is public


@pytest.mark.parametrize(
    ("policy", "origin", "address", "allowed"),
    [
        (STRICT, OWN, "10.0.0.1", True),
        (STRICT, OWN, "8.8.8.8", True),
        (STRICT, "https://other.example.net", "8.8.8.8", False),
        (OPEN, "https://other.example.net", "8.8.8.8", True),
        (OPEN, "https://other.example.net", "10.0.0.1", False),
        (OPEN, "https://other.example.net", "::1", False),
    ],
)
def test_s3_only_a_configured_origin_may_have_a_private_address(
    policy: AddressPolicy, origin: str, address: str, *, allowed: bool
) -> None:
    """For host names, the resolved address decides."""
    assert policy.allows_address(origin, address) is allowed
