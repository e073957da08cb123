"""Blanks: placeholders in a multivariant playlist for names that are decided last.

A rendition's name depends on all renditions listed. So each reference gets a blank, and
the blanks are filled in once the whole playlist has been read.
"""

import re
from collections.abc import Callable

from proxy.core.hls.playlist import Reference

_Name = Callable[[Reference], str]
_Fill = Callable[[_Name], str]


class Blanks:
    """The blanks of one playlist."""

    def __init__(self, body: bytes) -> None:
        """Take the playlist as received; nothing in it may look like a blank."""
        # Python's hash is salted, so no upstream can guess the mark.
        self._mark = f"\0{hash(body):x}:"
        self._fill: list[_Fill] = []
        self.references: list[Reference] = []

    def name(self, reference: Reference) -> str:
        """Return a blank for a reference."""
        self.references.append(reference)
        return self._blank(lambda name: name(reference))

    def later(self, make: Callable[[], str]) -> str:
        """Return a blank for another text that depends on all references."""
        return self._blank(lambda _: make())

    def filled(self, text: bytes, name: _Name) -> bytes:
        """Return the text with all blanks filled in, in order."""
        made = [fill(name).encode() for fill in self._fill]
        blank = re.compile(rb"%b([0-9]+)\0" % self._mark.encode())
        return blank.sub(lambda found: made[int(found[1])], text)

    def _blank(self, fill: _Fill) -> str:
        self._fill.append(fill)
        return f"{self._mark}{len(self._fill) - 1}\0"
