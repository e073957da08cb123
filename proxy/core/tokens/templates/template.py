"""Texts with placeholders: `Bearer {token}`, `https://{host}/{playback_id}.m3u8`."""

import re
from collections.abc import Mapping

_HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
# What most placements consist of.
_TOKEN = "{token}"  # noqa: S105 - no secret


def holes(template: str) -> frozenset[str]:
    """Return the names of the placeholders in the template."""
    return frozenset(_HOLE.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Fill every placeholder that has a value; others stay unchanged."""
    if template == _TOKEN and "token" in values:
        return values["token"]
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), template)
