"""Who may ask: this machine, allowed networks, or anybody who knows the access key."""

import ipaddress
from dataclasses import dataclass, field
from functools import lru_cache

from proxy.core.http.hosts import plain

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Access:
    """Who may ask from beyond this machine. By default nobody."""

    networks: tuple[Network, ...] = ()
    key: str | None = field(default=None, repr=False)
    """The first segment of every path; this machine needs it too."""

    def admits(self, peer: str, local: str = "") -> bool:
        """Tell whether this address may ask at all; the key is checked in the path.

        `local` is the address that it connected to. One that connects to itself is this
        machine: its connections to an address of its own come from that address.
        """
        address = _address(peer)
        if address is None:
            return False
        if address.is_loopback or address == _address(local):
            return True
        if not self.networks:
            return self.key is not None
        return any(address in network for network in self.networks)


# Read on each request, and there are few.
@lru_cache(maxsize=1024)
def _address(text: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(plain(text))
    except ValueError:
        return None
