"""The addresses that the program listens on."""

import pytest

from proxy.core.http.listening import Address


@pytest.mark.parametrize(
    ("address", "written", "loopback"),
    [
        (Address("127.9.9.9", 0), "127.9.9.9:0", True),
        (Address("::1", 8080), "[::1]:8080", True),
        (Address("LocalHost", 80), "LocalHost:80", True),
        (Address("0.0.0.0", 80), "0.0.0.0:80", False),  # noqa: S104
        (Address("::", 80), "[::]:80", False),
        (Address("tv.lan", 80), "tv.lan:80", False),
    ],
)
def test_an_address_to_listen_at(
    address: Address, written: str, *, loopback: bool
) -> None:
    """Its URL, and whether other machines can reach it."""
    assert str(address) == written
    assert address.loopback is loopback


def test_spellings_of_one_address_are_equal() -> None:
    """IPv6 addresses have many spellings."""
    assert Address("0:0:0:0:0:0:0:1", 80).spot == Address("::1", 80).spot
    assert Address("::1", 80).spot != Address("::1", 81).spot
