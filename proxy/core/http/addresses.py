"""Which addresses a stream may reach.

Playlists and redirects are untrusted: they can name any host. `allows_origin` checks
the text of a URL before anything is sent. `allows_address` checks each address that a
host name resolved to, just before connecting. So nothing is resolved a second time
between the check and the connection.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from proxy.core.http import uri

# This list is ours on purpose: `is_global` depends on the patch level of Python, and
# considers 64:ff9b::7f00:1 (127.0.0.1 behind NAT64) global. Source: IANA
# special-purpose registries.
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
_SCHEMES = frozenset({"http", "https"})
_NAT64 = ip_network("64:ff9b::/96")

# Some resolvers read these as IPv4 addresses: `127.1`, `2130706433`, `0x7f.1`.
_NUMERIC_END = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$")


def is_public(address: str) -> bool:
    """Return whether an IP address is in the public Internet.

    An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) is judged by itself. Text
    that is not an IP address is not public.
    """
    try:
        found = _effective(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    return not any(found in network for network in _SPECIAL)


def _effective(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """The addresses that one stream may reach."""

    origins: frozenset[str]
    """The configured origins, including the stream's own. Their addresses may be
    private."""
    public: bool = False
    """Whether any other origin is allowed if its address is public."""

    def allows_origin(self, url: str) -> bool:
        """Return whether the text of a URL is allowed, before it is resolved."""
        origin = uri.origin(url)
        if origin in self.origins:
            return True
        scheme, _, authority = origin.partition("://")
        host = _host(authority)
        if not self.public or scheme not in _SCHEMES or not host:
            return False
        return not _is_address(host) or is_public(host)

    def allows_address(self, origin: str, address: str) -> bool:
        """Return whether a connection for the origin may go to this address."""
        return origin in self.origins or (self.public and is_public(address))


def _host(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]


def _is_address(host: str) -> bool:
    return ":" in host or bool(_NUMERIC_END.search(host))
