"""Attribute lists of tags: found in a line, and changed without touching the rest.

RFC 8216bis, section 4.2, plus what players accept beyond it: blanks around commas and
equals signs, values in single quotes or none, a last quote that is missing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})

# One item up to its comma: an attribute, or else something to step over. Names and
# quoted values are taken whole (`++`), so that a scan is linear for any input.
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
    """One attribute of a line, and where it stands."""

    name: bytes
    value: bytes
    """What it says, without its quotes."""
    start: int
    """Where its name begins."""
    span: tuple[int, int]
    """Where its value begins and ends, quotes included."""


class LineEdit(NamedTuple):
    """A stretch of a line, and what it becomes."""

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
    """Return the values by name; of two with one name, the last."""
    return {
        attribute.name.decode("ascii"): attribute.value.decode("utf-8", "replace")
        for attribute in attributes
    }


def splice(line: bytes, edits: Iterable[LineEdit]) -> bytes:
    """Carry out edits, which are given in the order in which they stand in the line."""
    pieces: list[bytes] = []
    done = 0
    for edit in edits:
        pieces += line[done : edit.start], edit.new
        done = edit.end
    return b"".join([*pieces, line[done:]])
