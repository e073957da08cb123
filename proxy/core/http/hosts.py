"""Which Host fields are ours.

A page on the web may point its own name at the address of this machine (DNS rebinding),
and then read anything from us. Its requests have that name in their Host field, so
names that are not ours are refused.

`localhost` and loopback addresses cannot be rebound: they are not looked up in DNS, and
only reach the machine itself. They are ours at any port, because an SSH tunnel, a
published container port or kubectl port-forward changes the port. Any other address is
ours only if the connection arrived at exactly that address and port.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self

_HOST = re.compile(
    r"(?:\[(?P<literal>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,253}))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_HTTP_PORT = 80


class Host(NamedTuple):
    """A host in a normalised spelling, and the port if there is one."""

    name: str
    """Lower case; an address without brackets, in its shortest form."""
    port: int | None

    @property
    def loopback(self) -> bool:
        """Whether the name always means the client's own machine, whatever DNS says.

        Only for the spellings that browsers send: some resolvers look up names below
        `localhost`, and to others `127.1` is a name.
        """
        if self.name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(self.name)
        except ValueError:
            return False
        # Only some versions of Python consider a mapped address loopback.
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            return False
        return address.is_loopback

    def setting(self, port: int) -> str:
        """Return the entry of `server.hosts` that would allow this host on our port."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port in (None, port) else f"{name}:{self.port}"


def parse(text: str) -> Host | None:
    """Parse the value of a Host field; None if it is malformed (RFC 9110, 7.2)."""
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    port = None if found["port"] is None else int(found["port"])
    if found["literal"] is None:
        return Host(found["name"].lower(), port)
    try:
        return Host(str(ipaddress.IPv6Address(found["literal"])), port)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Hosts:
    """The configured hosts, in addition to those that are always ours."""

    configured: frozenset[Host] = frozenset()

    @classmethod
    def of(cls, *texts: str) -> Self:
        """Parse hosts as configured: `tv.lan`, `tv.example.com:8443`, `[fd00::1]`.

        A host without a port matches a Host field without a port, as a front with TLS
        sends it, and a field with the port that the connection arrived at. Malformed
        hosts are ignored here, because reading the configuration has already refused
        them.
        """
        return cls(frozenset(host for text in texts if (host := parse(text))))

    def ours(self, text: str, *, address: str, port: int) -> bool:
        """Return whether a Host field is ours.

        `address` and `port` are the local end of the connection.
        """
        host = parse(text)
        if host is None:
            return False
        if host.loopback or host in self.configured:
            return True
        if port != (_HTTP_PORT if host.port is None else host.port):
            return False
        named = Host(host.name, None) in self.configured
        return named or host.name == plain(address)


@lru_cache(maxsize=1024)
def plain(address: str) -> str:
    """Return an address without zone, and IPv4 without its IPv6 mapping."""
    text = address.partition("%")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
