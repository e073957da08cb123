"""Attribute lists of tags: find attributes in a line, and change nothing else.

RFC 8216bis, section 4.2, plus what players accept beyond it: blanks around commas and
equals signs, values in single quotes or without quotes, a missing closing quote.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})

# One item up to its comma: an attribute, or something to skip. Names and quoted values
# are matched possessively (`++`), so that a scan takes linear time for any input.
_ITEM = re.compile(
    rb"""
    [ \t]*+ (?P<name> [A-Za-z0-9_-]++ ) [ \t]*+ = [ \t]*+
    (?P<written>
        " (?P<double> [^"]*+ ) "?
      | ' (?P<single> [^']*+ ) ' (?= [ \t]*+ (?: , | \Z ) )
      | (?P<bare> (?: [^,]* [^, \t] )? )
    )
    [^,]*+ ,?
  | [^,]*+ ,?
    """,
    re.VERBOSE,
)


class Attribute(NamedTuple):
    """One attribute of a line, and its position."""

    name: bytes
    value: bytes
    """The value without its quotes."""
    start: int
    """Where its name begins."""
    span: tuple[int, int]
    """Where its value begins and ends, quotes included."""


class LineEdit(NamedTuple):
    """A stretch of a line, and its replacement."""

    start: int
    end: int
    new: bytes


def scan(line: bytes, start: int) -> Iterator[Attribute]:
    """Yield the attributes of a list that begins at `start`. Never raises."""
    for match in _ITEM.finditer(line, start):
        if name := match["name"]:
            value = match["double"] or match["single"] or match["bare"] or b""
            yield Attribute(name, value, match.start("name"), match.span("written"))


def as_text(attributes: Iterable[Attribute]) -> Mapping[str, str]:
    """Return the values by name; if a name occurs twice, the last value."""
    return {
        attribute.name.decode("ascii"): attribute.value.decode("utf-8", "replace")
        for attribute in attributes
    }


def splice(line: bytes, edits: Iterable[LineEdit]) -> bytes:
    """Apply edits, which must be in the order of their positions in the line."""
    pieces: list[bytes] = []
    done = 0
    for edit in edits:
        pieces += line[done : edit.start], edit.new
        done = edit.end
    return b"".join([*pieces, line[done:]])
