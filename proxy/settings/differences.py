"""Compares old and new settings: what counts as another stream at a reload."""

from collections.abc import Iterator
from pathlib import Path

from proxy.settings.program import ServerSettings, StoreSettings
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.table import Table

_OF_REQUESTS = (
    *("provider", "playback_id", "host", "variables"),  # already filled in
    *(
        "token",
        "binding",
        "warm",
        "preconnect",
        "headers",
        "cookies",
        "renewed_headers",
    ),
    *("refused", "not_ready", "cmcd_on_media", "delivery", "store"),
)
"""Keys that only change how the upstream is requested. The meaning of names below a
stream does not depend on them."""

_GUARDS = ("access_key", "access_key_file", "access_key_env", "allowed_networks")
"""The settings that protect a server that listens beyond loopback."""

_LASTING = ("listen", "workers")
"""The settings that cannot change while the program runs."""

_ROTATED = "refresh_token_file"


def settled(stream: StreamSettings) -> StreamSettings:
    """Return the stream without the secrets that it rereads from files at each use.

    If two results are equal, the stream has not changed: it notices new secrets in its
    files by itself.
    """
    token = stream.token.settled() if stream.token else None
    return stream.model_copy(update={"token": token})


def same_names(one: StreamSettings, other: StreamSettings) -> bool:
    """Return whether local names mean the same upstream URLs in both."""
    plain = dict.fromkeys(_OF_REQUESTS)
    return one.model_copy(update=plain) == other.model_copy(update=plain)


def held_back(
    running: ServerSettings, wanted: ServerSettings
) -> tuple[ServerSettings, tuple[str, ...]]:
    """Return the settings that can apply without a restart, and the keys that cannot.

    Sockets stay as they are, and so does the number of processes. If other machines can
    reach the running server, and the new configuration listens only to loopback without
    guards, the old guards stay too.
    """
    keys = [key for key in _LASTING if getattr(wanted, key) != getattr(running, key)]
    beyond = not all(place.loopback for place in running.listen)
    unguarded = not (wanted.access_key or wanted.allowed_networks)
    if "listen" in keys and beyond and unguarded:
        keys += [key for key in _GUARDS if getattr(running, key)]
    kept = {key: getattr(running, key) for key in keys}
    waiting = tuple(f"server.{key}" for key in keys)
    return wanted.model_copy(update=kept), waiting


def store_held_back(
    running: StoreSettings, wanted: StoreSettings
) -> tuple[StoreSettings, tuple[str, ...]]:
    """Return the settings that can apply without a restart, and the keys that cannot.

    The disk stays as it is.
    """
    kept = {
        key: getattr(running, key)
        for key in ("dir", "disk_bytes")
        if getattr(running, key) != getattr(wanted, key)
    }
    if kept.get("dir") is not None and wanted.memory_bytes == 0:
        kept["memory_bytes"] = running.memory_bytes
    waiting = tuple(f"store.{key}" for key in kept)
    return wanted.model_copy(update=kept), waiting


def secret_files(table: Table) -> Iterator[Path]:
    """Yield the files of keys and secrets in the table and in the tables below it.

    The file of a refresh token is left out, because the program itself writes to it.
    """
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, Path) and name.endswith("_file") and name != _ROTATED:
            yield value
        for each in _tables(value):
            yield from secret_files(each)


def _tables(value: object) -> Iterator[Table]:
    match value:
        case Table():
            yield value
        case dict():
            yield from (each for each in value.values() if isinstance(each, Table))
        case tuple():
            yield from (each for each in value if isinstance(each, Table))
