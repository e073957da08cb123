"""A playlist in blocks of whole lines, so the next reload only processes new lines.

A live playlist loses lines at its beginning and gains some at its end. The blocks in
between are recognised, and their local form is reused.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

# A reload processes about two blocks again, whatever their size, and compares each of
# the others. A block costs some microseconds.
_MOST_BYTES = 16 * 1024
_LEAST_BYTES = 4 * 1024
_BLOCKS = 16
# How far down a block may have moved, and how many blocks ahead are looked for. If many
# are gone, half as many again are processed again at worst.
_SLACK_BYTES = 64 * 1024
_AHEAD = (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)


class Stretch(NamedTuple):
    """A stretch of a playlist."""

    text: bytes
    known: int | None
    """The index of the known block; None if it is new."""


def pieces(text: bytes, known: Sequence[bytes]) -> Iterator[Stretch]:
    """Yield the text in pieces of whole lines: known blocks and new ones.

    Known blocks come in their order. Each has to end with a line feed.
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
    """Yield the text from `at` to `end` in blocks of about this size.

    They end after line feeds. A text without line feeds cannot be cut safely: a
    carriage return may be half of a line terminator.
    """
    while at < end:
        stop = text.find(b"\n", at + size - 1, end) + 1 or end
        yield text[at:stop]
        at = stop


def _next(text: bytes, at: int, known: Sequence[bytes], number: int) -> tuple[int, int]:
    """Return where the next known block begins, and its index."""
    for candidate in (number + ahead for ahead in _AHEAD):
        if candidate >= len(known):
            break
        passed = sum(map(len, known[number : candidate + 1]))
        start = text.find(known[candidate], at, at + passed + _SLACK_BYTES)
        if start > 0 and text[start - 1 : start] == b"\n":
            return start, candidate
    return len(text), len(known)
