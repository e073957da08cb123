"""Takes in what playlists name, a turn at a time: a long one holds up nobody."""

import asyncio
from collections.abc import Iterator

from proxy.localise.catalog import Catalog
from proxy.localise.listing import Listing


class Learner:
    """Fills the catalog of one presentation, with one playlist after the other."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._turn = asyncio.Lock()

    def forget(self) -> None:
        """Drop all names at once, unless some are being taken in.

        Those go with the presentation, when Python looks for cycles: that may be late.
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
        """Take in what a playlist names; see `Catalog.learning`.

        Whoever is cancelled meanwhile leaves the catalog complete.
        """
        async with self._turn:
            learning = self._catalog.learning(
                parent, listing, now=now, keep=keep, partial=partial
            )
            await _in_turns(learning)


async def _in_turns(steps: Iterator[None]) -> None:
    """Take all steps, and let others run between them."""
    next(steps, None)  # nearly always there is no more to do
    try:
        for _ in steps:
            await asyncio.sleep(0)
    finally:
        for _ in steps:
            pass
