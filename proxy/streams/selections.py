"""One stream's presentations: the default one, and one per player selection."""

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cachetools import LRUCache

from proxy.core.hls import selection
from proxy.core.http.player_query import forwarded, may_select
from proxy.errors import CrowdedError, NameUnknownError
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.uses import Uses
from proxy.replies import PlayerAsk, Reply
from proxy.streams.blueprint import Blueprint
from proxy.streams.budget import Budget, Share
from proxy.streams.presentation import Presentation, presentation_of
from proxy.streams.usage import Usage
from proxy.upstream.session import MOST_COOKIES

MOST_GIVEN = 2 * MOST_COOKIES
"""The most cookies and renewed credentials of all selections of one stream. They are
limited because every answer of the upstream is searched for them."""

_MOST_RETRY_SECONDS = 30.0


class KeptSelection(NamedTuple):
    """A presentation, and its share of the budget for names."""

    presentation: Presentation
    share: Share


class Meant(NamedTuple):
    """What a player's path refers to."""

    suffix: str
    chosen: str | None
    """The selection; None if it does not fit into the suffix."""
    path: str
    """The local path in the presentation, without the selection's suffix."""


class Selections:
    """Answers requests for one stream with the presentation that the player selects.

    Each selection by query parameters has its own names, which contain the selection.
    So no player gets another player's selection, and a name shows what to load even
    after a restart. A selection that is played stays. `budget` describes which others
    are dropped. Dropped selections are found again by their names.
    """

    def __init__(
        self, blueprint: Blueprint, before: "Selections | None" = None
    ) -> None:
        """`before` is the stream that this one replaces, if its names mean the same."""
        passing = blueprint.passing
        self.name = blueprint.name
        self.answered: bool = before is not None and before.answered
        """Whether a player ever got something from this stream."""
        self.usage = Usage()
        self._blueprint = blueprint
        self._hidden = passing.hidden
        self._parameters = frozenset(
            name
            for name in passing.parameters
            if name.lower() not in passing.hidden and may_select(name)
        )
        self._budget = Budget(blueprint.limits.names, clock=blueprint.clock)
        self._long: LRUCache[str, str] = LRUCache(blueprint.limits.selections)
        """Selections that do not fit into a name, by their hash suffix."""
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
        """The presentations by suffix; the default one has an empty suffix."""
        return self._held

    @property
    def is_shared(self) -> bool:
        """Whether its resources are kept, and fetched once for all players."""
        return self._blueprint.fills is not None

    @property
    def catalogs(self) -> list[Catalog]:
        """The catalogs of the default presentation, then of each selection."""
        return [one.presentation.catalog for one in self._held.values()]

    @property
    def uses(self) -> list[Uses]:
        """What the names of each of them mean, in the same order."""
        return [one.presentation.names.uses for one in self._held.values()]

    async def close(self) -> None:
        """Stop background work, and drop what is kept."""
        self.leave()
        await self._blueprint.close()

    def leave(self) -> None:
        """Stop counting its names, because the stream can no longer be found."""
        self._left = True
        for held in self._held.values():
            held.share.leave()

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Return the reply for the local path below the stream; failures are raised.

        Raises CrowdedError if the allowed number of selections is already played.
        """
        reply = self.at_hand(path, ask)
        return await self.wait(path, ask) if reply is None else reply

    async def wait(self, path: str, ask: PlayerAsk) -> Reply:
        """Return the reply that was not at hand a moment ago; failures are raised.

        Raises CrowdedError if the allowed number of selections is already played.
        """
        meant = self._meant(path, ask.query)
        held = self._presentation(meant.suffix, meant.chosen)
        presentation, share = held
        if presentation.catalog.room.over:
            # A new configuration was to take over the names, but it was not applied.
            presentation.catalog.move(share)
        with share:
            reply = await presentation.stream.wait(meant.path, ask)
        self._record(held, meant.path)
        return reply

    def at_hand(self, path: str, ask: PlayerAsk) -> Reply | None:
        """Return the reply for a local path if nothing must be waited for; else None.

        After None, call `wait`.
        """
        meant = self._meant(path, ask.query)
        held = self._held.get(meant.suffix)
        if held is None or held.presentation.catalog.room.over:
            return None
        with held.share:
            reply = held.presentation.stream.at_hand(meant.path, ask)
        if reply is not None:
            self._record(held, meant.path)
        return reply

    def _record(self, held: KeptSelection, path: str) -> None:
        presentation, share = held
        self.answered = self.answered or presentation.stream.answered
        if path != ENTRY and not share.played:
            share.play()
        if presentation.session.size:
            self._make_way(share, given=MOST_GIVEN)

    def _meant(self, path: str, query: str) -> Meant:
        if not self._parameters:
            return Meant("", "", path)
        if path == ENTRY:
            passing = forwarded(query, self._parameters, self._hidden)
            chosen = selection.chosen(passing, self._parameters)
            return Meant(selection.suffix_of(chosen), chosen, path)
        folder, slash, name = path.partition("/")
        bare, suffix = selection.split(folder, self._parameters)
        return Meant(suffix, selection.selection_of(suffix), bare + slash + name)

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
            blueprint.caches.names,
            left=partial(self._drop, suffix),
            lasting=blueprint.lasting and not suffix,
        )
        if self._left:
            share.leave()
        known = None if before is None else before.presentation
        presentation = presentation_of(
            blueprint, selection=chosen, suffix=suffix, before=known, room=share
        )
        if before is not None and before.share.played:
            share.play()
        held = self._held[suffix] = KeptSelection(presentation, share)
        return held

    def _drop(self, suffix: str) -> None:
        presentation, share = self._held.pop(suffix)
        if presentation.catalog.room is share:  # otherwise another one owns them by now
            presentation.names.learner.forget()
            presentation.names.uses.forget()
        self._blueprint.sessions.changed(presentation.session.given)

    def _make_way(self, *but: Share, given: int, more: int = 0) -> bool:
        """Drop selections that nobody plays until there is room; return whether so.

        There must be room for `more` selections, and at most `given` cookies and
        credentials. The shares `but` stay.
        """
        plain = self._held.get("")
        staying = but if plain is None else (*but, plain.share)
        while (
            self._given() > given
            or len(self) + more > self._blueprint.limits.selections
        ):
            going = self._budget.next_to_go(*staying)
            if going is None:
                return False
            going.give_way()
        return True

    def _given(self) -> int:
        return sum(one.presentation.session.size for s, one in self._held.items() if s)

    def _crowded(self) -> CrowdedError:
        """Return the error to raise if all selections are being played."""
        most, wait = self._blueprint.limits.selections, self._budget.seconds_to_wait()
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
