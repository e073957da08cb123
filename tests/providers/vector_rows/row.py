"""A row: the settings that make the token of a vector, and its request and time."""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[1] / "vectors"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "vectors.json").read_text())


class Row(NamedTuple):
    """The settings of a vector, and the request and time of its token."""

    token: Mapping[str, Any]
    expires: float
    url: str = "https://h.example.com/live/master.m3u8"
    issued: float | None = None


def numbered(vectors: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Name each vector by its provider and kind; number those with the same name."""
    count: dict[str, itertools.count[int]] = {}
    named = {}
    for vector in vectors:
        name = f"{vector['provider']} {vector['kind']}"
        named[f"{name} {next(count.setdefault(name, itertools.count(1)))}"] = vector
    return named


NAMED = numbered(VECTORS)


def hashed(algorithm: str, message: str, **keys: object) -> dict[str, Any]:
    """Return the settings of a hash or signature."""
    return {
        "source": "sign-hash",
        "algorithm": algorithm,
        "message": message,
        **keys,
    }
