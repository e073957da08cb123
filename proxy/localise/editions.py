"""Keeps a playlist's last version, so the next reload only processes new lines.

This only saves work: the rewritten playlist is the same without it.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import NamedTuple

from cachetools import TTLCache

from proxy.clock import Clock
from proxy.core.hls.facts import Facts
from proxy.localise.document_place import DocumentPlace
from proxy.localise.listing import Listing, Sheet
from proxy.localise.shelf import Shelf
from proxy.localise.tag_limits import Counts

# The memory for a name: its text, and its places in two dictionaries.
_NAME_BYTES = 200
# Players load a live playlist far more often, and an ended one only once each.
_IDLE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a playlist, and the results of processing them."""

    text: bytes = field(repr=False)
    """The lines as received."""
    local: bytes = field(repr=False)
    """The lines as players get them."""
    _: KW_ONLY
    facts: Facts
    sheets: tuple[Sheet, ...]
    """The names in them."""
    steady: bool
    """Whether their local form depends on nothing but the playlist's place."""
    clashes: int
    refused: Mapping[str, str] = field(default_factory=dict)
    """Local path -> origin that the address policy forbids. Contains only some."""
    scarce: Counts = ()
    """How often it has each of the tags that a playlist may only have a few of."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a playlist."""

    blocks: tuple[Block, ...] = field(default=(), repr=False)
    place: DocumentPlace | None = None
    """What its names depend on; None if the next version must not reuse its blocks."""
    checked_for: int = 0
    """The hash of the secrets that it was found not to contain."""

    def steady(self) -> Sequence[Block]:
        """Return the blocks that are worth looking for in the next version.

        A short last block is left out, because it still grows. Otherwise each version
        would leave another small piece.
        """
        if self.place is None:
            return ()
        usual = max((len(block.text) for block in self.blocks), default=0) // 2
        last = len(self.blocks) - 1
        return [
            block
            for number, block in enumerate(self.blocks)
            if block.steady and (number < last or len(block.text) >= usual)
        ]

    @property
    def size(self) -> int:
        """The approximate memory it takes, in bytes."""
        return sum(
            len(block.text)
            + (0 if block.local is block.text else len(block.local))
            + sum(_NAME_BYTES * len(sheet.urls) for sheet in block.sheets)
            for block in self.blocks
        )


class _Key(NamedTuple):
    shelf: Shelf
    path: str


class EditionStore:
    """Keeps the editions of all streams; drops those not loaded recently."""

    def __init__(self, limit_bytes: int, *, clock: Clock) -> None:
        self.kept: TTLCache[_Key, Edition] = TTLCache(
            limit_bytes,
            _IDLE_SECONDS,
            timer=clock.mono,
            getsizeof=lambda edition: edition.size,
        )

    def forget(self, owner: object) -> None:
        """Drop the editions of a stream that has ended."""
        for key in [key for key in self.kept if key.shelf.owner is owner]:
            self.kept.pop(key, None)


class Editions:
    """The editions of one presentation of a stream."""

    def __init__(self, store: EditionStore, shelf: Shelf) -> None:
        self._kept = store.kept
        self._shelf = shelf

    def last(self, path: str) -> Edition:
        """Return the last version of the playlist at the path, or an empty one."""
        return self._kept.get(_Key(self._shelf, path)) or Edition()

    def keep(self, path: str, edition: Edition) -> None:
        """Keep a version, unless it is larger than the whole store."""
        with contextlib.suppress(ValueError):
            self._kept[_Key(self._shelf, path)] = edition


def listing_of(blocks: Sequence[Block]) -> Listing:
    """Return the names in the blocks."""
    return Listing.of(sheet for block in blocks for sheet in block.sheets)


def clashes(blocks: Sequence[Block], listing: Listing) -> int:
    """Return how often two URLs share a name, in one block or in several."""
    inside = sum(block.clashes for block in blocks)
    sheets = [sheet for block in blocks for sheet in block.sheets]
    if sum(len(sheet.urls) for sheet in sheets) == len(listing):
        return inside
    seen: dict[str, Sheet] = {}
    for sheet in sheets:
        for path in seen.keys() & sheet.urls.keys():
            inside += seen[path].resource(path).url != sheet.resource(path).url
        seen.update(dict.fromkeys(sheet.urls, sheet))
    return inside
