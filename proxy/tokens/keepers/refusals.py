"""What happens after a token is refused: limited requests for newer ones."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from proxy.clock import Clock
from proxy.core.tokens.refresh.doubt import Doubt
from proxy.core.tokens.refresh.forcing import Forced, Forcing
from proxy.core.tokens.refresh.subjects import ENTRY, Rank, Subject
from proxy.tokens.keepers.refused_names import RefusedNames

_DOUBT = Subject(Rank.DOUBT)


@dataclass(slots=True)
class _Account:
    """What the refusals of one rank have forced."""

    forcing: Forcing = Forcing()  # noqa: RUF009 - frozen
    generation: int = 0
    """The generation of the last token that these refusals forced."""


class Refusals:
    """Counts the refreshes that refusals force, and limits them.

    `rejected` is called when refreshing has not helped and is disabled for a while.
    """

    def __init__(self, *, clock: Clock, rejected: Callable[[], None]) -> None:
        self._clock = clock
        self._rejected = rejected
        self._accounts = defaultdict[Rank, _Account](_Account)
        self._names = RefusedNames(clock)
        self._opened_playlist = 0
        """The newest generation that opened a playlist."""
        self._doubt = Doubt()

    def may_force(self, generation: int, subject: Subject = ENTRY) -> bool:
        """Decide about one forced refresh, and count it.

        `generation` is the number that the new token will have. A resource that a newer
        token did not open is limited on its own and does not limit others. While the
        entry is refused even with a token that it forced, only the entry can force
        more.
        """
        entry = self._accounts[Rank.ENTRY].forcing
        if entry.fruitless and subject.rank in {Rank.PLAYLIST, Rank.MEDIUM}:
            return False
        return not self._names.holds(subject) and self._take(generation, subject)

    def tried(self, generation: int, subject: Subject) -> None:
        """Record that a newer token is tried for a refused resource."""
        self._names.tried(subject, generation)

    def is_of_medium(self, generation: int, subject: Subject) -> bool:
        """Return whether only one medium is refused: playlists open with this token."""
        medium = subject.rank is Rank.MEDIUM
        return medium and generation <= self._opened_playlist

    def may_doubt(self, generation: int, *, age: float) -> bool:
        """Decide about one refresh for a token of this age that may have expired."""
        now = self._clock.mono()
        self._doubt = self._doubt.missed(now, age=age)
        if not self._doubt.due(now, age=age) or not self._take(generation, _DOUBT):
            return False
        self._doubt = self._doubt.doubted(now)
        return True

    def accepted(self, generation: int, subject: Subject = ENTRY) -> None:
        """Record that the upstream accepted a token of this generation."""
        self._doubt = Doubt.accepted(self._clock.mono())
        self._names.accepted(subject, generation)
        if subject.rank is not Rank.MEDIUM:
            self._opened_playlist = max(self._opened_playlist, generation)
        account = self._accounts.get(subject.rank)
        if account is not None and generation >= account.generation:
            account.forcing = account.forcing.accepted()

    def _take(self, generation: int, subject: Subject) -> bool:
        account, now = self._accounts[subject.rank], self._clock.mono()
        doubt = subject.rank is Rank.DOUBT
        verdict, account.forcing = account.forcing.take(now, doubt=doubt)
        # If playlists open with the same token, the token is good and the media are at
        # fault.
        if verdict is Forced.REJECTED and self._opened_playlist < account.generation:
            self._rejected()
        if verdict is Forced.REFRESH:
            account.generation = generation
        return verdict is Forced.REFRESH
