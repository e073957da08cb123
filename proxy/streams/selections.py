"""One stream as such, and as players select it."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cachetools import LRUCache

from proxy.core.hls import selection
from proxy.core.http.player_query import forwarded, may_select
from proxy.errors import CrowdedError, NameUnknownError
from proxy.localise.catalog import ENTRY, Catalog
from proxy.streams.budget import Budget, Share
from proxy.streams.presentation import Blueprint, Presentation
from proxy.streams.replies import PlayerAsk, Reply
from proxy.streams.usage import Usage
from proxy.upstream.session import MOST_COOKIES

MOST_GIVEN = 2 * MOST_COOKIES
"""Cookies and renewed credentials of all that is selected of one stream: they are
looked for in all that the upstream sends."""

_MOST_RETRY_SECONDS = 30.0


class KeptSelection(NamedTuple):
    """A presentation, and what it takes of the room for names."""

    presentation: Presentation
    share: Share


class Meant(NamedTuple):
    """What a player's path means."""

    held: KeptSelection
    path: str
    """The local path in the presentation: without what tells the selection."""


class Selections:
    """Answers what a player asks of one stream, by the presentation that it selects.

    What its query parameters select has names of its own, which show it: nobody gets
    what another player has selected, and a name that is cold tells what to load. A
    selection that is played stays; see `budget` for which give way to others. They are
    found again by their names.
    """

    def __init__(
        self, blueprint: Blueprint, before: "Selections | None" = None
    ) -> None:
        """`before` is the stream whose place it takes, if its names mean the same."""
        passing = blueprint.passing
        self.name = blueprint.name
        self.answered: bool = before is not None and before.answered
        """Whether a player was ever answered with something of it."""
        self.usage = Usage()
        self._blueprint = blueprint
        self._hidden = passing.hidden
        self._parameters = frozenset(
            name
            for name in passing.parameters
            if name.lower() not in passing.hidden and may_select(name)
        )
        self._budget = Budget(blueprint.names, clock=blueprint.clock)
        self._long: LRUCache[str, str] = LRUCache(blueprint.selections)
        """By their hashes, those that do not fit into a name."""
        self._left = False
        self._held: dict[str, KeptSelection] = {}
        known = {} if before is None else dict(before.held)
        self._begin("", "", known.pop("", None))
        for suffix, one in known.items():
            chosen = selection.selection_of(suffix)
            if chosen is not None:
                self._begin(suffix, chosen, one)

    def __len__(self) -> int:
        return len(self._held) - ("" in self._held)

    @property
    def held(self) -> Mapping[str, KeptSelection]:
        """That of the stream as such, and one for each selection, by its suffix."""
        return self._held

    @property
    def catalogs(self) -> list[Catalog]:
        """The names of the stream as such, then those of each selection."""
        return [one.presentation.catalog for one in self._held.values()]

    async def close(self) -> None:
        """End what goes on without a player, and drop what is kept."""
        self.leave()
        await self._blueprint.close()

    def leave(self) -> None:
        """Count its names no more: nobody finds the stream by now."""
        self._left = True
        for held in self._held.values():
            held.share.leave()

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Answer for the local path below the stream; failures are raised.

        Raises CrowdedError where players play as many selections as there may be.
        """
        held, path = self._meant(path, ask.query)
        presentation, share = held
        if presentation.catalog.room.over:
            # Another configuration would have taken them over, and came to nothing.
            presentation.catalog.move(share)
        with share:
            reply = await presentation.stream.open(path, ask)
        self.answered = self.answered or presentation.stream.answered
        if path != ENTRY and not share.played:
            share.play()
        if presentation.session.size:
            self._make_way(share, given=MOST_GIVEN)
        return reply

    def _meant(self, path: str, query: str) -> Meant:
        if not self._parameters:
            return Meant(self._presentation("", ""), path)
        if path == ENTRY:
            passing = forwarded(query, self._parameters, self._hidden)
            chosen = selection.chosen(passing, self._parameters)
            return Meant(self._presentation(selection.suffix_of(chosen), chosen), path)
        folder, slash, name = path.partition("/")
        bare, suffix = selection.split(folder, self._parameters)
        told = selection.selection_of(suffix)
        return Meant(self._presentation(suffix, told), bare + slash + name)

    def _presentation(self, suffix: str, chosen: str | None) -> KeptSelection:
        found = self._held.get(suffix)
        if found is None:
            if chosen is None:
                chosen = self._long.get(suffix)
            if chosen is None:
                raise NameUnknownError("no such selection")
            if suffix and not self._make_way(given=MOST_GIVEN - 1, more=1):
                raise self._crowded()
            found = self._begin(suffix, chosen)
            if selection.selection_of(suffix) is None:
                self._long[suffix] = chosen
        return found

    def _begin(
        self, suffix: str, chosen: str, before: KeptSelection | None = None
    ) -> KeptSelection:
        blueprint = self._blueprint
        share = Share(
            self._budget,
            blueprint.budget,
            left=partial(self._drop, suffix),
            lasting=blueprint.lasting and not suffix,
        )
        if self._left:
            share.leave()
        known = None if before is None else before.presentation
        presentation = blueprint.presentation(chosen, suffix, known, share)
        if before is not None and before.share.played:
            share.play()
        held = self._held[suffix] = KeptSelection(presentation, share)
        return held

    def _drop(self, suffix: str) -> None:
        presentation, share = self._held.pop(suffix)
        if presentation.catalog.room is share:  # else they are another's by now
            presentation.names.learner.forget()
        self._blueprint.sessions.changed(presentation.session.given)

    def _make_way(self, *but: Share, given: int, more: int = 0) -> bool:
        """Let selections go that nobody plays, until there is room; tell if there is.

        That is for so many `more`, and for what their upstream gave them.
        """
        plain = self._held.get("")
        staying = but if plain is None else (*but, plain.share)
        while self._given() > given or len(self) + more > self._blueprint.selections:
            going = self._budget.next_to_go(*staying)
            if going is None:
                return False
            going.give_way()
        return True

    def _given(self) -> int:
        return sum(one.presentation.session.size for s, one in self._held.items() if s)

    def _crowded(self) -> CrowdedError:
        """Return what to raise where all are played."""
        most, wait = self._blueprint.selections, self._budget.seconds_to_wait()
        if len(self) < most:
            what = f"cookies of selections, a fixed limit allows {MOST_GIVEN}"
            self._blueprint.warnings.crowded(f"too many {what}")
        else:
            what = "selections; see limits.selections_per_stream"
            advice = f"raise limits.selections_per_stream ({most:,})"
            self._blueprint.warnings.crowded(advice)
        return CrowdedError(
            f"{self.name}: too many {what}; {len(self):,} are played",
            problem=f"too many {what}",
            retry_after=min(wait, _MOST_RETRY_SECONDS),
        )
