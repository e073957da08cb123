"""A line of somebody else's output, made fit for a log.

What might be a secret gives way to `…`. It errs on that side: a word too many is a
nuisance, a token in a log is a leak.
"""

import re
from collections.abc import Collection

MASK = "…"

LONGEST = 200
"""Of a line; enough for what went wrong."""

_SHORTEST_SECRET = 4
# The value of what is called like a secret, and what follows an authentication scheme.
_NAMED = re.compile(
    r"((?:token|secret|passw|pwd|key|auth|credential|cookie|session|sig)\w*['\"]?\s*[=:]"
    r"\s*(?:(?:bearer|basic)\s+)?['\"]?|\b(?:bearer|basic)\s+)[^\s'\",;]+",
    re.IGNORECASE,
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_WORD = re.compile(r"[\w+/=.~%-]+")
# Words of a language are shorter, and hold no digits.
_LONG, _MIXED = 20, 12


def masked(line: str, secrets: Collection[str] = ()) -> str:
    """Return the line without what might be a secret; `secrets` are known to be."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            line = line.replace(secret, MASK)
    line = "".join(char if char.isprintable() else " " for char in line)[: 4 * LONGEST]
    line = _URL.sub(MASK, line)
    line = _NAMED.sub(rf"\1{MASK}", line)
    line = _WORD.sub(_word, line).strip()
    return line if len(line) <= LONGEST else line[:LONGEST] + MASK


def _word(match: re.Match[str]) -> str:
    word = match[0]
    digits = any(char.isdigit() for char in word)
    letters = any(char.isalpha() for char in word)
    if len(word) >= _MIXED and digits:
        return MASK
    if len(word) >= _LONG and letters and not word.islower():
        return MASK
    return MASK if len(word) >= 2 * _LONG else word
