"""JSON as text: where its strings are, so that some can be changed in place.

All other bytes stay: the spelling of numbers, order, blanks, unknown members.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from proxy.errors import BadAnswerError

_TOKEN = re.compile(
    r'[ \t\r\n]*+([{}\[\],:]|"(?:[^"\\]|\\.)*+"|[^\s{}\[\],:"]++)', re.DOTALL
)

# Real documents have four levels. Every parser has a limit somewhere; ours is explicit.
_MOST_LEVELS = 32

Path = tuple[str | int, ...]
"""Names of members and indices in lists, from the outside in."""


class JsonString(NamedTuple):
    """A string that is a value, not the name of a member."""

    path: Path
    value: str
    start: int
    end: int
    """The position in the text, quotes included."""


class JsonEdit(NamedTuple):
    """A stretch of the text, and the string that replaces it."""

    start: int
    end: int
    value: str


def table(text: str) -> dict[str, object]:
    """Parse a text into a JSON object; raise BadAnswerError if it is not one.

    NaN and Infinity, which Python accepts, are not JSON (RFC 8259, section 6).
    """
    try:
        value = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse)
    except (ValueError, RecursionError) as exc:
        raise BadAnswerError("a document that is no JSON") from exc
    if not isinstance(value, dict):
        raise BadAnswerError("a document that is no JSON object")
    if _levels(text) > _MOST_LEVELS:
        raise BadAnswerError("a document that is too deep")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _levels(text: str) -> int:
    """Return the nesting depth of a valid JSON text."""
    level = deepest = 0
    for match in _TOKEN.finditer(text):
        level += (match[1] in "{[") - (match[1] in "}]")
        deepest = max(deepest, level)
    return deepest


def strings(text: str) -> Iterator[JsonString]:
    """Yield the strings of a valid JSON text that are values, in their order."""
    path: list[str | int] = []
    keyed = False  # whether the next string is the name of a member
    for match in _TOKEN.finditer(text):
        mark = match[1]
        if mark[0] == '"':
            value = json.loads(mark)
            if keyed:
                path[-1], keyed = value, False
            else:
                yield JsonString(tuple(path), value, *match.span(1))
        elif mark in "{[":
            keyed = mark == "{"
            path.append("" if keyed else 0)
        elif mark in "}]":
            path.pop()
            keyed = False
        elif mark == ",":
            last = path[-1]
            keyed = isinstance(last, str)
            path[-1] = last if isinstance(last, str) else last + 1


def splice(text: str, edits: Iterable[JsonEdit]) -> str:
    """Apply edits, which must be in the order of their positions in the text."""
    pieces, done = list[str](), 0
    for edit in edits:
        pieces += text[done : edit.start], json.dumps(edit.value)
        done = edit.end
    return "".join([*pieces, text[done:]])
