"""Addresses, networks and host names, as people write them."""

import contextlib
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.listening import Address
from proxy.settings.errors.mistakes import Wrong
from proxy.settings.values.addresses import address, host, network


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("[::1]:0", Address("::1", 0)),
        ("localhost:65535", Address("localhost", 65535)),
        ("tv.lan:80", Address("tv.lan", 80)),
    ],
)
def test_an_address_to_listen_at(written: str, read: Address) -> None:
    """It also converts back to the text."""
    assert address(written) == read
    assert str(read) == written


@pytest.mark.parametrize(
    "written", ["8080", ":8080", "host", "::1:8080", "host:65536", "http://h:1", 8080]
)
def test_invalid_addresses_are_refused(written: object) -> None:
    """An empty host would mean all of them by accident."""
    with pytest.raises(Wrong):
        address(written)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """No other error is raised."""
    with contextlib.suppress(Wrong):
        assert address(text).port <= 65535


@pytest.mark.parametrize("written", ["192.168.1.0/24", "10.0.0.1", "fd00::/8"])
def test_a_network(written: str) -> None:
    """A single address is a network of one."""
    assert network(written) == ip_network(written)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("192.168.1.7/24", 'expected "192.168.1.0/24" or a single address'),
        ("lan", 'expected a network, such as "192.168.1.0/24"'),
        (7, 'expected a network, such as "192.168.1.0/24"'),
    ],
)
def test_invalid_networks_are_refused(written: object, wanted: str) -> None:
    """Bits outside the mask are a mistake; the intended network is offered."""
    with pytest.raises(Wrong) as caught:
        network(written)
    assert caught.value.mistakes[0].wanted == wanted


@pytest.mark.parametrize("written", ["TV.lan", "tv.lan:8443", "[fd00::1]:80"])
def test_a_host_name_is_kept_in_lower_case(written: str) -> None:
    """With or without a port."""
    assert host(written) == written.lower()


@pytest.mark.parametrize(
    "written", ["", "http://tv.lan", "tv lan", "tv.lan:", "*", "CANARY@h"]
)
def test_invalid_hosts_are_refused(written: str) -> None:
    """A name that no Host header can contain would never match."""
    with pytest.raises(Wrong) as caught:
        host(written)
    assert "CANARY" not in str(caught.value)
