"""Who has access: this machine, allowed networks, or whoever knows the access key."""

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache

from proxy.core.http.hosts import plain

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Access:
    """Who has access from other machines. By default nobody."""

    networks: tuple[Network, ...] = ()
    key: str | None = field(default=None, repr=False)
    """The first segment of every path. Requests from this machine need it too."""

    def admits(self, peer: str, local: str = "") -> bool:
        """Return whether this address has access at all; the path's key comes later.

        `local` is the address that it connected to. If both are equal, the peer is this
        machine: connections to one of its own addresses come from that address.
        """
        address = _address(peer)
        if address is None:
            return False
        if address.is_loopback or address == _address(local):
            return True
        if not self.networks:
            return self.key is not None
        return any(address in network for network in self.networks)


# Parsed on each request, and there are few different addresses.
@lru_cache(maxsize=1024)
def _address(text: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(plain(text))
    except ValueError:
        return None
