"""Texts with holes: `Bearer {token}`, `https://{host}/{playback_id}.m3u8`."""

import re
from collections.abc import Mapping

_HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def holes(template: str) -> frozenset[str]:
    """Return the names of the holes in the template."""
    return frozenset(_HOLE.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill every hole that has a value; a hole without one stays as it is."""
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), template)
