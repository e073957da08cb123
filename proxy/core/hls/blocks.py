"""A playlist in blocks of whole lines, so that a reload has work for new ones only.

A live playlist loses lines at its beginning and gains some at its end; what lies
between is found again, and its local form with it.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

# A reload has to do about two blocks anew, whatever their size, and looks at each of
# the others; a block costs some microseconds.
_MOST_BYTES = 16 * 1024
_LEAST_BYTES = 4 * 1024
_BLOCKS = 16
# How far down a block may have moved, and which ones are looked for: where many have
# gone, half as many again are done anew at worst.
_SLACK_BYTES = 64 * 1024
_AHEAD = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)


class Stretch(NamedTuple):
    """A stretch of a playlist."""

    text: bytes
    known: int | None
    """Which of the known blocks it is."""


def pieces(text: bytes, known: Sequence[bytes]) -> Iterator[Stretch]:
    """Yield the text in pieces of whole lines: known blocks, in their order, and new.

    Each known block has to end with a line feed.
    """
    size = min(max(len(text) // _BLOCKS, _LEAST_BYTES), _MOST_BYTES)
    at = number = 0
    while at < len(text):
        if number < len(known) and text.startswith(known[number], at):
            yield Stretch(known[number], number)
            at += len(known[number])
            number += 1
            continue
        start, number = _next(text, at, known, number)
        yield from (Stretch(block, None) for block in cut(text, at, start, size))
        at = start


def cut(text: bytes, at: int, end: int, size: int) -> Iterator[bytes]:
    """Yield what stands from `at` to `end` in blocks of about this size.

    They end behind line feeds. In a text without one nothing can be cut safely: a
    carriage return may be half of a terminator.
    """
    while at < end:
        stop = text.find(b"\n", at + size - 1, end) + 1 or end
        yield text[at:stop]
        at = stop


def _next(text: bytes, at: int, known: Sequence[bytes], number: int) -> tuple[int, int]:
    """Return where the next known block stands, and which one that is."""
    for candidate in (number + ahead for ahead in _AHEAD):
        if candidate >= len(known):
            break
        passed = sum(map(len, known[number : candidate + 1]))
        start = text.find(known[candidate], at, at + passed + _SLACK_BYTES)
        if start > 0 and text[start - 1 : start] == b"\n":
            return start, candidate
    return len(text), len(known)
