"""Volatile parts are names in lower case and patterns that compile."""

import re

from proxy.settings.stream.volatile import VolatileSettings
from tests.settings.told import told


def test_names_are_compared_in_lower_case() -> None:
    """Platforms vary the case of their parameters."""
    read = VolatileSettings.model_validate({"query": ["Token", "CDN"]})
    assert read.query == {"token", "cdn"}


def test_patterns_are_compiled() -> None:
    """The catalog gets patterns, not texts."""
    read = VolatileSettings.model_validate({"path": [r"_r\d+", re.compile("x")]})
    assert read.path == (re.compile(r"_r\d+"), re.compile("x"))


def test_every_invalid_pattern_is_reported() -> None:
    """With the reason and its position in the list."""
    assert told(VolatileSettings, {"path": ["a**", "ok", 3]}) == [
        'path[0]: "a**"; expected a regular expression: multiple repeat at position 2',
        "path[2]: a number; expected a regular expression",
    ]
