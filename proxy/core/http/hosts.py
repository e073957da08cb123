"""Which Host fields are ours.

A page on the web may give its own name the address of this machine (DNS rebinding)
and then read from us what it likes. Its requests carry its name, so a name that is
not ours is refused.

`localhost` and loopback addresses cannot be rebound: no name server is asked for them,
and nothing beyond a machine can be reached by them. They are ours at any port, since an
SSH tunnel, a published container port or kubectl port-forward gives us another one.
Another address is ours where the connection came in on that very address and port.
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
    """A host in one spelling, and the port if one was given."""

    name: str
    """Lower case; an address without brackets, in its shortest form."""
    port: int | None

    @property
    def loopback(self) -> bool:
        """Whether it means the machine of whoever asks, whatever a name server says.

        Only in the spellings that browsers send: names below `localhost` are looked up
        by some resolvers, and `127.1` is a name to others.
        """
        if self.name == "localhost":
            return True
        try:
            address = ipaddress.ip_address(self.name)
        except ValueError:
            return False
        # A mapped one counts as loopback in some versions of Python only.
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            return False
        return address.is_loopback

    def setting(self, port: int) -> str:
        """Return the entry of `server.hosts` that allows it on a port of ours."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port in (None, port) else f"{name}:{self.port}"


def parse(text: str) -> Host | None:
    """Read the value of a Host field; None if it is malformed (RFC 9110, 7.2)."""
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
    """The configured hosts, beside those that are always ours."""

    configured: frozenset[Host] = frozenset()

    @classmethod
    def of(cls, *texts: str) -> Self:
        """Take hosts as configured: `tv.lan`, `tv.example.com:8443`, `[fd00::1]`.

        One without a port stands for itself without a port, as a front with TLS
        sends it, and with the port that the connection came in on. Malformed ones
        are ignored; whoever read the configuration has refused them.
        """
        return cls(frozenset(host for text in texts if (host := parse(text))))

    def ours(self, text: str, *, address: str, port: int) -> bool:
        """Tell whether a Host field is ours.

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
    """Return an address without its zone, an IPv4 one without its IPv6 mapping."""
    text = address.partition("%")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return text
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
