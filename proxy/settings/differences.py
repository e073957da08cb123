"""What counts as another stream, when a configuration is read again."""

from collections.abc import Iterator
from pathlib import Path

from proxy.settings.program import ServerSettings
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.table import Table

_OF_REQUESTS = (
    *("provider", "playback_id", "host", "variables"),  # filled in already
    *("token", "binding", "warm", "headers", "cookies", "renewed_headers"),
    *("refused", "not_ready", "cmcd_on_media"),
)
"""What decides how upstream is asked, and not what the names below a stream mean."""

_GUARDS = ("access_key", "access_key_file", "access_key_env", "allowed_networks")
"""What makes it safe to listen beyond loopback."""

_ROTATED = "refresh_token_file"


def settled(stream: StreamSettings) -> StreamSettings:
    """Return the stream without the secrets that it reads from their files when used.

    Two that are equal then are one stream: it follows its files by itself.
    """
    token = stream.token.settled() if stream.token else None
    return stream.model_copy(update={"token": token})


def same_names(one: StreamSettings, other: StreamSettings) -> bool:
    """Tell whether local names mean the same upstream URLs in both."""
    plain = dict.fromkeys(_OF_REQUESTS)
    return one.model_copy(update=plain) == other.model_copy(update=plain)


def held_back(
    running: ServerSettings, wanted: ServerSettings
) -> tuple[ServerSettings, tuple[str, ...]]:
    """Return what can be in force without a restart, and the keys that wait for one.

    Sockets stay where they are. So do the guards of one that other machines can reach,
    if the new configuration listens to loopback alone and has none.
    """
    if wanted.listen == running.listen:
        return wanted, ()
    keys = ["listen"]
    beyond = not all(place.loopback for place in running.listen)
    if beyond and not (wanted.access_key or wanted.allowed_networks):
        keys += [key for key in _GUARDS if getattr(running, key)]
    kept = {key: getattr(running, key) for key in keys}
    waiting = tuple(f"server.{key}" for key in keys)
    return wanted.model_copy(update=kept), waiting


def secret_files(table: Table) -> Iterator[Path]:
    """Yield the files of keys and secrets that the table names, and those below it.

    Without that of a refresh token, which the program itself writes to.
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
