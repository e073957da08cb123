"""The program's own tables: where it listens, what it logs and keeps, its limits."""

import re
from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationInfo, field_validator

from proxy.core.http.listening import Address
from proxy.settings.errors.mistakes import wrong
from proxy.settings.values.addresses import Addresses, AllowedNetwork, HostName
from proxy.settings.values.origins import OriginText, checked_url
from proxy.settings.values.secret import SecretPath, SecretVariable, chosen
from proxy.settings.values.surroundings import FilePath
from proxy.settings.values.table import Amount, Count, Table
from proxy.settings.values.times import Seconds
from proxy.settings.values.workers import Workers

# 128 bits in base64 are 22 characters. They are used unencoded in a path and a query.
_ACCESS_KEY = re.compile(r"[A-Za-z0-9_-]{22,}")
_KEY_WAYS = ("access_key", "access_key_file", "access_key_env")


class ServerSettings(Table):
    """`[server]`: where players ask, and who may."""

    hosts: tuple[HostName, ...] = ()
    """Further names in Host headers: "name" with the port of `listen`, "name:port"."""
    public_url: str = ""
    """The public URL of a front, used where a URL must be absolute; no final slash."""
    allowed_networks: tuple[AllowedNetwork, ...] = ()
    """The networks that players may ask from; none: any."""
    access_key_file: SecretPath | None = None
    access_key_env: SecretVariable | None = None
    access_key: SecretStr | None = None
    """The key that players must show, from wherever it was configured."""
    cors_origins: tuple[OriginText, ...] = ()
    """The origins of pages that may read our answers."""
    shared_secret_files: bool = False
    """Whether secret files may be open to other users of this machine."""
    reload_on_change: bool = True
    """Whether the configuration is read again when its files change."""
    shutdown_seconds: Seconds = 25.0
    """How long players in the middle of a transfer may go on after SIGTERM."""
    workers: Workers = 1
    """How many processes serve players; 1: this one alone."""
    # Declared after the guards, because listening beyond loopback requires them.
    listen: Addresses = (Address("127.0.0.1", 8080),)
    """Where to listen."""

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, url: str) -> str:
        if url and "?" in checked_url(url):
            raise wrong("has a query", "expected a URL without ? and what follows")
        return url.rstrip("/")

    @field_validator("access_key")
    @classmethod
    def _access_key(
        cls, given: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        key = chosen("access_key", given, info)
        if key and not _ACCESS_KEY.fullmatch(key.get_secret_value()):
            raise wrong(
                "is too short, or has other characters than A-Z a-z 0-9 _ -",
                "expected 22 of these or more; `openssl rand -hex 16` makes a good key",
            )
        return key

    @field_validator("listen")
    @classmethod
    def _listen(cls, listen: Addresses, info: ValidationInfo) -> Addresses:
        if not listen:
            raise wrong("an empty list", "expected an address to listen on")
        # A guard that is set but wrong is reported separately.
        guards = [info.data.get(way, True) for way in (*_KEY_WAYS, "allowed_networks")]
        beyond = [place for place in listen if not place.loopback]
        if beyond and not any(guards):
            raise wrong(
                f'"{beyond[0]}" can be reached from other machines',
                "expected server.access_key or server.allowed_networks too",
            )
        return listen


class LogSettings(Table):
    """`[log]`: what is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The lowest level that is logged."""
    format: Literal["auto", "text", "json"] = "auto"
    """auto: text on a terminal, else JSON."""


class StoreSettings(Table):
    """`[store]`: how much media is kept, so that it is fetched once for all players."""

    memory_bytes: Amount = 128 * 1024 * 1024
    """With 0 nothing is kept, and each request goes upstream."""
    largest_bytes: Count | None = None
    """The largest resource that is kept; None: a quarter of the memory."""
    dir: FilePath | None = None
    """The folder where recordings are kept over a restart; None: nowhere."""
    disk_bytes: Count = 4 * 1024 * 1024 * 1024
    """How much that folder may hold, including playlists."""
    offline_for: Seconds = 7 * 86_400.0
    """How long a recording plays from the disk after the platform confirmed it."""

    @field_validator("dir")
    @classmethod
    def _dir(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        if folder is not None and info.data.get("memory_bytes") == 0:
            raise wrong(
                "is set with memory_bytes = 0",
                "expected memory: what goes to the disk goes through it",
            )
        return folder


class LimitSettings(Table):
    """`[limits]`: bounds on what players and upstreams make the proxy keep."""

    playlist_bytes: Count = 5 * 1024 * 1024
    playlist_lines: Count = 250_000
    line_bytes: Count = 64 * 1024
    snapshot_bytes: Count = 64 * 1024 * 1024
    names_per_stream: Count = 200_000
    total_names: Count = 500_000
    selections_per_stream: Count = 1000
    key_bytes: Count = 1024
    family_members: Count = 1000
    new_members_per_minute: Count = 60
    connections: Count = 512
    connections_per_address: Count = 256
    unread_bytes: Count = 128 * 1024 * 1024
