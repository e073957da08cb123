"""A line of somebody else's output, made fit for a log.

What might be a secret gives way to `…`. It errs on that side: a word too many is a
nuisance, a token in a log is a leak.
"""

import re
from collections.abc import Collection
from functools import partial

from proxy.core.tokens.secrets.recogniser import Recogniser, gives_away

MASK = "…"

LONGEST = 200
"""Of a line; enough for what went wrong."""

# A piece of a token is told for the token: `eyJhbG...`.
_SHORTEST_PIECE = 6
# The value of what is called like a secret, and what follows an authentication scheme.
_NAMED = re.compile(
    r"((?:token|secret|passw|pwd|key|auth|credential|cookie|session|sig)\w*['\"]?\s*[=:]"
    r"\s*[\[({]*\s*(?:(?:bearer|basic)\s+)?['\"]?|\b(?:bearer|basic)\s+)[^\s'\",;]+",
    re.IGNORECASE,
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
# The query of a reference, or some pairs of one: each may be a signature.
_QUERY = re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*")
_PAIRS = re.compile(
    r"[\w.%-]+=[^\s&'\"<>]*(?:&(?:amp;)?[\w.%-]+=[^\s&'\"<>]*)+", re.IGNORECASE
)
_ESCAPED_PAIR = re.compile(r"%(?:25)*3[DF]", re.IGNORECASE)
_WORD = re.compile(r"[\w+/=.~%-]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d)?")
# Words of a language are shorter, and hold no digits.
_LONG, _MIXED = 20, 12


def masked(line: str, secrets: Collection[str] = ()) -> str:
    """Return the line without what might be a secret; `secrets` are known to be."""
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
    """Return a text without the secrets that are known, in any usual spelling."""
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
