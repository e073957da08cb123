"""JSON as text: where its strings stand, so that some of them can be changed in place.

All other bytes stay: numbers as they are written, order, blanks, unknown members.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from proxy.errors import BadAnswerError

_TOKEN = re.compile(
    r'[ \t\r\n]*+([{}\[\],:]|"(?:[^"\\]|\\.)*+"|[^\s{}\[\],:"]++)', re.DOTALL
)

# Real documents have four levels. Each reader has an end somewhere, ours is stated.
_MOST_LEVELS = 32

Path = tuple[str | int, ...]
"""Names of members and places in lists, from the outside in."""


class JsonString(NamedTuple):
    """A string that is a value."""

    path: Path
    value: str
    start: int
    end: int
    """Where it is written, quotes included."""


class JsonEdit(NamedTuple):
    """A stretch of the text, and the string that takes its place."""

    start: int
    end: int
    value: str


def table(text: str) -> dict[str, object]:
    """Return the object that a text is; raise BadAnswerError if it is none.

    NaN and Infinity, which Python reads, are no JSON (RFC 8259, section 6).
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
    """Return how deep a valid JSON text goes."""
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
    """Carry out edits, which are given in the order in which they stand in the text."""
    pieces, done = list[str](), 0
    for edit in edits:
        pieces += text[done : edit.start], json.dumps(edit.value)
        done = edit.end
    return "".join([*pieces, text[done:]])
