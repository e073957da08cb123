"""What is kept of a playlist's last version, so that the next has work for new lines.

A memory, never a source: with it or without, a playlist comes out the same.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cachetools import TTLCache

from proxy.clock import Clock
from proxy.core.hls.facts import Facts
from proxy.localise.listing import Listing, Sheet
from proxy.localise.place import Place
from proxy.localise.shelf import Shelf

# What a name costs: itself, and its places in two dictionaries.
_NAME_BYTES = 200
# Players load a live one far more often, and an ended one only once each.
_IDLE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a playlist, and all that became of them."""

    text: bytes = field(repr=False)
    """As they came."""
    local: bytes = field(repr=False)
    """As players get them."""
    facts: Facts
    sheets: tuple[Sheet, ...]
    """What they name."""
    steady: bool
    """Whether nothing but the place of the playlist decides how they read."""
    clashes: int
    refused: Mapping[str, str] = field(default_factory=dict)
    """Local path -> origin that the policy forbids; some of them."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a playlist."""

    blocks: tuple[Block, ...] = field(default=(), repr=False)
    place: Place | None = None
    """What its names were taken from; None if the next must not lean on it."""
    checked_for: int = 0
    """The hash of a token that it does not echo."""

    def steady(self) -> Sequence[Block]:
        """Return the blocks that are worth looking for in the next version.

        Without a last one that still grows: each version would leave another scrap.
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
        """About how many bytes it takes to keep it."""
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
    """Keeps those of all streams: the least recently loaded go first, idle ones too."""

    def __init__(self, limit_bytes: int, *, clock: Clock) -> None:
        self.kept: TTLCache[_Key, Edition] = TTLCache(
            limit_bytes,
            _IDLE_SECONDS,
            timer=clock.mono,
            getsizeof=lambda edition: edition.size,
        )

    def forget(self, owner: object) -> None:
        """Drop what is kept for a stream that has ended."""
        for key in [key for key in self.kept if key.shelf.owner is owner]:
            self.kept.pop(key, None)


class Editions:
    """Those of one presentation of a stream."""

    def __init__(self, store: EditionStore, shelf: Shelf) -> None:
        self._kept = store.kept
        self._shelf = shelf

    def last(self, path: str) -> Edition:
        """Return the last version of the playlist at the path; an empty one if none."""
        return self._kept.get(_Key(self._shelf, path)) or Edition()

    def keep(self, path: str, edition: Edition) -> None:
        """Take a version in, unless it is larger than all that may be kept."""
        with contextlib.suppress(ValueError):
            self._kept[_Key(self._shelf, path)] = edition


def listing_of(blocks: Sequence[Block]) -> Listing:
    """Return what the blocks name."""
    return Listing.of(sheet for block in blocks for sheet in block.sheets)


def clashes(blocks: Sequence[Block], listing: Listing) -> int:
    """Return how often a name stands for two URLs, in one block or in several."""
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
