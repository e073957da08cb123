"""Where the program listens, and the URLs that players open."""

import asyncio
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Self

from proxy.app.announcements import KEY
from proxy.core.http.hosts import parse
from proxy.core.http.listening import Address
from proxy.settings import Settings
from proxy.settings.program import ServerSettings


@dataclass(frozen=True, slots=True)
class Running:
    """The running program."""

    addresses: tuple[Address, ...]
    """The addresses that it listens on."""
    names: tuple[str, ...]
    """The stream names at the start, as in local URLs; a family's name includes
    `{id}`."""
    _: KW_ONLY
    shown_base: str = ""
    """The base URL that may be shown, without the access key. If empty, `base_url` is
    used."""
    reload: Callable[[], None] = lambda: None
    """Requests a reload of the configuration; the log and the status page report the
    result."""

    failures: list[asyncio.Future[None]] = field(default_factory=list, compare=False)
    """Each gets an error when the program cannot go on; empty if that never happens."""

    @classmethod
    def of(
        cls,
        settings: Settings,
        addresses: tuple[Address, ...],
        reload: Callable[[], None],
    ) -> Self:
        """Return the program that runs with these settings."""
        names = tuple(
            f"{name}/{{id}}" if stream.family else name
            for name, stream in settings.streams.items()
        )
        return cls(
            addresses,
            names,
            shown_base=shown_base(settings.server, addresses),
            reload=reload,
        )

    @property
    def base_url(self) -> str:
        """Return the base URL for a player on this machine: the first address."""
        first = self.addresses[0]
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(first.host)  # noqa: S104
        return f"http://{replace(first, host=here) if here else first}"

    @property
    def urls(self) -> tuple[str, ...]:
        """Return the entry URL of each stream, for a player on this machine."""
        return tuple(f"{self.base_url}/{name}/index.m3u8" for name in self.names)

    @property
    def places(self) -> tuple[str, ...]:
        """Return the addresses that it listens on, as text."""
        return tuple(map(str, self.addresses))

    @property
    def shown_urls(self) -> tuple[str, ...]:
        """Return the entry URL of each stream as it may be shown to people."""
        base = self.shown_base or self.base_url
        return tuple(f"{base}/{name}/index.m3u8" for name in self.names)

    @property
    def overview(self) -> str:
        """Return the URL of the page that lists all streams, to be shown to people."""
        return f"{self.shown_base or self.base_url}/"


def shown_base(server: ServerSettings, addresses: tuple[Address, ...]) -> str:
    """Return the base URL by the host name that players use, if it is known."""
    first = addresses[0]
    base = server.public_url or Running(addresses, ()).base_url
    if server.hosts and not server.public_url and not first.loopback:
        name = server.hosts[0]
        host = parse(name)
        ported = name if host is None or host.port else f"{name}:{first.port}"
        base = f"http://{ported}"
    return f"{base}/{KEY}" if server.access_key else base
