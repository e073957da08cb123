"""Adds the names from playlists to the catalog, in steps that let other tasks run."""

import asyncio
from collections.abc import Iterator

from proxy.localise.catalog import Catalog
from proxy.localise.listing import Listing


class Learner:
    """Fills the catalog of one presentation, one playlist at a time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._turn = asyncio.Lock()

    def forget(self) -> None:
        """Drop all names now, unless some are being added.

        Names that are being added are freed with the presentation, when Python's
        garbage collector finds the cycle. That may be much later.
        """
        if not self._turn.locked():
            self._catalog.forget()

    async def learn(
        self,
        parent: str,
        listing: Listing,
        *,
        now: float,
        keep: float | None,
        partial: bool = False,
    ) -> None:
        """Add what a playlist lists to the catalog; see `Catalog.learning`.

        If cancelled, it still adds the rest, so the catalog is complete.
        """
        async with self._turn:
            learning = self._catalog.learning(
                parent, listing, now=now, keep=keep, partial=partial
            )
            await _in_turns(learning)


async def _in_turns(steps: Iterator[None]) -> None:
    """Run all steps, and let other tasks run between them."""
    next(steps, None)  # nearly always the only step
    try:
        for _ in steps:
            await asyncio.sleep(0)
    finally:
        for _ in steps:
            pass
