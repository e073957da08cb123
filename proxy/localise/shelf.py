"""Marks which presentation owns an item in a store of all streams."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """Distinguishes the items of one presentation of a stream from all others.

    A shelf equals only itself, so a presentation's replacement finds none of its items.
    """

    owner: object
    """The stream."""
