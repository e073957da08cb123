"""Providers: packaged TOML files with defaults for a stream.

A provider file has the keys of a stream, a `description` and, under `sources`, the
defaults of a token table for each source. The stream's settings override the
provider's: tables are merged key by key, everything else is replaced.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

_FOLDER = files("proxy") / "providers"
_SUFFIX = ".toml"

GENERIC = "generic"
"""The provider of a stream that names none; it has no defaults of a platform."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A platform's defaults."""

    name: str
    description: str
    stream: Mapping[str, Any]
    """The keys of a stream."""
    sources: Mapping[str, Mapping[str, Any]]
    """The keys of a token table, by source."""


def known() -> tuple[str, ...]:
    """Return the names of all providers, sorted."""
    names = (file.name for file in _FOLDER.iterdir() if file.name.endswith(_SUFFIX))
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names))


def provider(name: str) -> Provider:
    """Return one of the known providers."""
    table = tomllib.loads((_FOLDER / f"{name}{_SUFFIX}").read_text("utf-8"))
    description, sources = table.pop("description"), table.pop("sources", {})
    return Provider(name, description, table, sources)


def completed(stream: object) -> object:
    """Return a stream's table merged with its provider's defaults.

    If it is not a table, or its provider is unknown, it is returned as it is;
    validation reports that later.
    """
    if not isinstance(stream, dict):
        return stream
    name = stream.get("provider", GENERIC)
    if name not in known():
        return stream
    defaults = provider(name)
    table = _over(defaults.stream, stream)
    token = table.get("token")
    if isinstance(token, dict):
        source = defaults.sources.get(str(token.get("source")), {})
        table["token"] = _over(source, token)
    return table


def _over(under: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**under, **above}
    for key in under.keys() & above.keys():
        if isinstance(under[key], dict) and isinstance(above[key], dict):
            merged[key] = _over(under[key], above[key])
    return merged
