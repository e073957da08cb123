"""One stream as such, and as players select it."""

from collections.abc import Mapping
from typing import NamedTuple

from cachetools import LRUCache

from proxy.core.hls import selection
from proxy.core.http.player_query import forwarded, may_select
from proxy.errors import NameUnknownError
from proxy.localise.catalog import ENTRY, Catalog
from proxy.streams.presentation import Blueprint, Presentation
from proxy.streams.replies import PlayerAsk, Reply
from proxy.streams.usage import Usage
from proxy.upstream.session import MOST_COOKIES

_MOST_SELECTIONS = 100

MOST_GIVEN = 2 * MOST_COOKIES
"""Cookies and renewed credentials of all that is selected of one stream."""


class Meant(NamedTuple):
    """What a player's path means."""

    presentation: Presentation
    path: str
    """The local path in the presentation: without what tells the selection."""


class Selections:
    """Answers what a player asks of one stream, by the presentation that it selects.

    What its query parameters select has names of its own, which show it: nobody gets
    what another player has selected, and a name that is cold tells what to load. The
    least recently used of a hundred is forgotten, and found again by its names.
    """

    def __init__(
        self, blueprint: Blueprint, before: "Selections | None" = None
    ) -> None:
        """`before` is the stream whose place it takes, if its names mean the same."""
        passing = blueprint.passing
        self.name = blueprint.name
        self.answered: bool = before is not None and before.answered
        """Whether a player was ever answered with something of it."""
        self._blueprint = blueprint
        self._hidden = passing.hidden
        self._parameters = frozenset(
            name
            for name in passing.parameters
            if name.lower() not in passing.hidden and may_select(name)
        )
        known = {} if before is None else before.presentations
        self._plain = blueprint.presentation(before=known.get(""))
        self._selected: LRUCache[str, Presentation] = LRUCache(_MOST_SELECTIONS)
        for suffix, one in known.items():
            chosen = selection.selection_of(suffix)
            if suffix and chosen is not None:
                self._selected[suffix] = blueprint.presentation(chosen, suffix, one)
        self.usage = Usage()

    def __len__(self) -> int:
        return len(self._selected)

    @property
    def presentations(self) -> Mapping[str, Presentation]:
        """That of the stream as such, and one for each selection, by its suffix."""
        return {"": self._plain, **self._selected}

    @property
    def catalogs(self) -> list[Catalog]:
        """The names of the stream as such, then those of each selection."""
        return [one.catalog for one in (self._plain, *self._selected.values())]

    async def close(self) -> None:
        """End what goes on without a player, and drop what is kept."""
        await self._blueprint.close()

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Answer for the local path below the stream; failures are raised."""
        presentation, path = self._meant(path, ask.query)
        reply = await presentation.stream.open(path, ask)
        self.answered = self.answered or presentation.stream.answered
        if self._selected:
            self._trim()
        return reply

    def _meant(self, path: str, query: str) -> Meant:
        if not self._parameters:
            return Meant(self._plain, path)
        if path == ENTRY:
            passing = forwarded(query, self._parameters, self._hidden)
            chosen = selection.chosen(passing, self._parameters)
            return Meant(self._presentation(selection.suffix_of(chosen), chosen), path)
        folder, slash, name = path.partition("/")
        bare, suffix = selection.split(folder, self._parameters)
        told = selection.selection_of(suffix)
        return Meant(self._presentation(suffix, told), bare + slash + name)

    def _presentation(self, suffix: str, chosen: str | None) -> Presentation:
        if not suffix:
            return self._plain
        found = self._selected.get(suffix)
        if found is None:
            if chosen is None:
                raise NameUnknownError("no such selection")
            if len(self._selected) == _MOST_SELECTIONS:
                self._forget_one()
            found = self._blueprint.presentation(chosen, suffix)
            self._selected[suffix] = found
        return found

    def _trim(self) -> None:
        """Forget the least recently used while all have too much together.

        That is names, or what their upstream gave them: it is looked for in all that
        the upstream sends.
        """
        names = sum(len(one.catalog) for one in self._selected.values())
        given = sum(one.session.size for one in self._selected.values())
        while len(self._selected) > 1 and (
            names > self._blueprint.names or given > MOST_GIVEN
        ):
            dropped = self._forget_one()
            names -= len(dropped.catalog)
            given -= dropped.session.size

    def _forget_one(self) -> Presentation:
        _, dropped = self._selected.popitem()
        self._blueprint.sessions.changed(dropped.session.given)
        return dropped
