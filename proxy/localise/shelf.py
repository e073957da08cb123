"""Whose something is that lies in a store of all streams."""

from typing import NamedTuple


class Shelf(NamedTuple):
    """What tells the things of one presentation of a stream from all others."""

    owner: object
    """The stream, by identity: one that takes its place finds nothing of it."""
    selection: str = ""
    """Which presentation of the stream; empty for the stream as such."""
