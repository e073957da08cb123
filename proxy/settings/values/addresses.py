"""Addresses to listen on, host names, and client networks."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    WithJsonSchema,
)

from proxy.core.http import hosts
from proxy.core.http.listening import Address
from proxy.settings.errors.mistakes import described, shown, wrong

_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})")
_HIGHEST_PORT = 65_535

Network = IPv4Network | IPv6Network


def address(value: object) -> Address:
    """Return the address in a string "host:port" or "[::1]:port"."""
    if isinstance(value, Address):
        return value
    match = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if not match or int(match[3]) > _HIGHEST_PORT:
        raise wrong(shown(value), 'expected "host:port", such as "127.0.0.1:8080"')
    return Address(match[1] or match[2], int(match[3]))


def network(value: object) -> Network:
    """Return the network in a string such as "192.168.1.0/24"."""
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    if not isinstance(value, str):
        raise wrong(described(value), 'expected a network, such as "192.168.1.0/24"')
    try:
        return ip_network(value)
    except ValueError:
        raise wrong(shown(value), f"expected {_nearest_network(value)}") from None


def host(text: str) -> str:
    """Return a host name, with or without a port, in lower case."""
    if hosts.parse(text) is None:
        # "user:password@host" must not be logged.
        found = described(text) if "@" in text else shown(text)
        raise wrong(found, 'expected "name" or "name:port"')
    return text.lower()


def _nearest_network(text: str) -> str:
    try:
        return f'"{ip_network(text, strict=False)}" or a single address'
    except ValueError:
        return 'a network, such as "192.168.1.0/24"'


def _several(value: object) -> object:
    # Wrapped here, so that an error does not show an index in a list that nobody wrote.
    return value if isinstance(value, list | tuple) else [address(value)]


_TEXT = {"type": "string"}

ListenAddress = Annotated[
    Address, BeforeValidator(address), PlainSerializer(str), WithJsonSchema(_TEXT)
]
Addresses = Annotated[
    tuple[ListenAddress, ...],
    BeforeValidator(_several),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]
"""One address, or a list of them."""
AllowedNetwork = Annotated[Network, BeforeValidator(network), WithJsonSchema(_TEXT)]
HostName = Annotated[str, AfterValidator(host)]
