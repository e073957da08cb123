"""Tests of which addresses are allowed."""

import ipaddress

import pytest

from proxy.web.access import Access

LAN = Access((ipaddress.ip_network("192.168.1.0/24"), ipaddress.ip_network("fd00::/8")))
KEY = Access(key="0123456789abcdef")


@pytest.mark.parametrize("access", [Access(), LAN, KEY], ids=["none", "lan", "key"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_always_allowed(access: Access, peer: str) -> None:
    """Loopback in every spelling."""
    assert access.admits(peer)


@pytest.mark.parametrize("access", [Access(), LAN, KEY], ids=["none", "lan", "key"])
@pytest.mark.parametrize(
    ("peer", "local"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_this_machine_is_allowed_at_all_its_own_addresses(
    access: Access, peer: str, local: str
) -> None:
    """A connection to oneself has the same address at both ends."""
    assert access.admits(peer, local)


def test_another_machine_is_not_this_one() -> None:
    """Whatever address it connects to, and also if that is unknown."""
    assert not LAN.admits("203.0.113.9", "203.0.113.10")
    assert not LAN.admits("", "")


@pytest.mark.parametrize(
    ("access", "peer", "expected"),
    [
        (Access(), "192.168.1.7", False),
        (LAN, "192.168.1.7", True),
        (LAN, "::ffff:192.168.1.7", True),
        (LAN, "fd00::7%eth0", True),
        (LAN, "192.168.2.7", False),
        (KEY, "203.0.113.9", True),
        (Access(LAN.networks, key="k"), "203.0.113.9", False),
        (LAN, "", False),
    ],
)
def test_others_need_a_network_or_a_key(
    access: Access, peer: str, *, expected: bool
) -> None:
    """Networks limit who may try a key; with only a key, everybody may."""
    assert access.admits(peer) is expected


def test_the_key_does_not_show_in_a_repr() -> None:
    """It is a secret."""
    assert "0123456789abcdef" not in repr(KEY)
