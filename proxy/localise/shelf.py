"""Whose something is that lies in a store of all streams."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """What tells the things of one presentation of a stream from all others.

    It is no other's equal: one that takes its place finds nothing of it.
    """

    owner: object
    """The stream."""
