"""Where the program listens, and what a player opens there."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from proxy.app.announcements import KEY
from proxy.core.http.hosts import parse
from proxy.core.http.listening import Address
from proxy.settings.program import ServerSettings


@dataclass(frozen=True, slots=True)
class Running:
    """The program as it runs."""

    addresses: tuple[Address, ...]
    """Where it listens."""
    names: tuple[str, ...]
    """The streams at the start, as in a local URL; of a family with its `{id}`."""
    shown_base: str = ""
    """Where a player begins as it may be shown: without the access key. Empty: as
    `base_url`."""
    reload: Callable[[], None] = lambda: None
    """Have the configuration read again; told by the log and on the status page."""

    @property
    def base_url(self) -> str:
        """Where a player on this machine begins: the first address."""
        first = self.addresses[0]
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(first.host)  # noqa: S104
        return f"http://{replace(first, host=here) if here else first}"

    @property
    def urls(self) -> tuple[str, ...]:
        """The entry of each stream, for a player on this machine."""
        return tuple(f"{self.base_url}/{name}/index.m3u8" for name in self.names)

    @property
    def places(self) -> tuple[str, ...]:
        """Where it listens, in words."""
        return tuple(map(str, self.addresses))

    @property
    def shown_urls(self) -> tuple[str, ...]:
        """The entry of each stream, to be shown to people."""
        base = self.shown_base or self.base_url
        return tuple(f"{base}/{name}/index.m3u8" for name in self.names)

    @property
    def overview(self) -> str:
        """The page that lists all streams, to be shown to people."""
        return f"{self.shown_base or self.base_url}/"


def shown_base(server: ServerSettings, addresses: tuple[Address, ...]) -> str:
    """Return where players begin, by the name that they use, as far as it is known."""
    first = addresses[0]
    base = server.public_url or Running(addresses, ()).base_url
    if server.hosts and not server.public_url and not first.loopback:
        name = server.hosts[0]
        host = parse(name)
        ported = name if host is None or host.port else f"{name}:{first.port}"
        base = f"http://{ported}"
    return f"{base}/{KEY}" if server.access_key else base
