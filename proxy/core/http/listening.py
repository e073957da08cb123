"""Where the program listens."""

from dataclasses import dataclass
from ipaddress import ip_address

from proxy.core.http.hosts import plain


@dataclass(frozen=True, slots=True)
class Address:
    """An address to listen on."""

    host: str
    """An IP address without brackets, or a name."""
    port: int
    """0 means any free port."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    @property
    def spot(self) -> tuple[str, int]:
        """The same in a normalised spelling, for comparisons."""
        return plain(self.host), self.port
