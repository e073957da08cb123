"""What tokens have opened of one stream: whose refusal speaks for the stream."""

from dataclasses import dataclass

from proxy.core.kind import Kind
from proxy.core.tokens.refresh.subjects import Rank, Subject


@dataclass(slots=True)
class Standing:
    """What tokens have opened so far."""

    local: str = ""
    """Where players find the stream: a token may serve a whole family."""
    opened: bool = False
    """Whether one ever opened the entry."""
    cures: int = 0
    """How often a newer one opened a playlist that was refused."""

    def subject(self, kind: Kind, name: str) -> Subject:
        """Return what a refusal or an acceptance is about."""
        return Subject(Rank.of(kind, opened=self.opened), f"{self.local}/{name}")

    def accepted(self, kind: Kind, *, cured: bool) -> None:
        """Take note that a token opened something, after a refusal if it `cured` it."""
        self.opened |= kind is Kind.ENTRY
        self.cures += cured and kind in {Kind.ENTRY, Kind.PLAYLIST}
