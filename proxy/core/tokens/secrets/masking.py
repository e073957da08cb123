"""Make a line of another program's output fit for a log.

Possible secrets are replaced with `…`. If in doubt, a word is masked: one word too many
is a nuisance, a token in a log is a leak.
"""

import re
from collections.abc import Collection
from functools import partial

from proxy.core.tokens.secrets.recogniser import Recogniser, gives_away

MASK = "…"

LONGEST = 200
"""The longest line that is logged; enough to show what went wrong."""

# A shortened token counts as the token: `eyJhbG...`.
_SHORTEST_PIECE = 6
# The value after a secret-sounding name, and after an authentication scheme.
_NAMED = re.compile(
    r"((?:token|secret|passw|pwd|key|auth|credential|cookie|session|sig)\w*['\"]?\s*[=:]"
    r"\s*[\[({]*\s*(?:(?:bearer|basic)\s+)?['\"]?|\b(?:bearer|basic)\s+)[^\s'\",;]+",
    re.IGNORECASE,
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# The query of a reference, or some of its pairs: each may be a signature.
_QUERY = re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*")
_PAIRS = re.compile(
    r"[\w.%-]+=[^\s&'\"<>]*(?:&(?:amp;)?[\w.%-]+=[^\s&'\"<>]*)+", re.IGNORECASE
)
_ESCAPED_PAIR = re.compile(r"%(?:25)*3[DF]", re.IGNORECASE)
_WORD = re.compile(r"[\w+/=.~%-]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d)?")
# Words of a language are shorter and contain no digits.
_LONG, _MIXED = 20, 12


def masked(line: str, secrets: Collection[str] = ()) -> str:
    """Return the line with possible secrets masked; `secrets` are the known ones."""
    line = without(line, secrets)
    line = "".join(char if char.isprintable() else " " for char in line)[: 4 * LONGEST]
    line = _URL.sub(MASK, line)
    line = _QUERY.sub(f"?{MASK}", line)
    line = _PAIRS.sub(MASK, line)
    line = _NAMED.sub(rf"\1{MASK}", line)
    line = _WORD.sub(partial(_word, secrets=secrets), line).strip()
    if gives_away(line, secrets):
        return MASK
    return line if len(line) <= LONGEST else line[:LONGEST] + MASK


def without(line: str, secrets: Collection[str]) -> str:
    """Return a text with the known secrets masked, in any usual encoding."""
    found = Recogniser(secrets, strict=True)
    bare = found.without(line.encode("utf-8", "surrogateescape"), MASK.encode())
    return MASK if bare is None else bare.decode("utf-8", "surrogateescape")


def _word(match: re.Match[str], secrets: Collection[str]) -> str:
    word = match[0]
    piece = word.strip(".")
    if _DATE.fullmatch(word):
        return word
    if _ESCAPED_PAIR.search(word):
        return MASK
    if len(piece) >= _SHORTEST_PIECE and any(piece in secret for secret in secrets):
        return MASK
    digits = any(char.isdigit() for char in word)
    letters = any(char.isalpha() for char in word)
    if len(word) >= _MIXED and digits:
        return MASK
    if len(word) >= _LONG and letters and not word.islower():
        return MASK
    return MASK if len(word) >= 2 * _LONG else word
