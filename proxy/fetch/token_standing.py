"""Records what the upstream served with tokens, to judge what a refusal concerns."""

from dataclasses import dataclass

from proxy.core.kind import Kind
from proxy.core.tokens.refresh.subjects import Rank, Subject


@dataclass(slots=True)
class TokenStanding:
    """What the upstream has served with tokens so far."""

    local: str = ""
    """The stream's local path, needed because a family may share one token."""
    opened: bool = False
    """Whether the entry was ever served with a token."""
    cures: int = 0
    """How often a newer token helped with a refused playlist."""

    def subject(self, kind: Kind, name: str) -> Subject:
        """Return the subject of a refusal or an acceptance."""
        return Subject(Rank.of(kind, opened=self.opened), f"{self.local}/{name}")

    def accepted(self, kind: Kind, *, cured: bool) -> None:
        """Record that a token was accepted; `cured` if an older one was refused."""
        self.opened |= kind is Kind.ENTRY
        self.cures += cured and kind in {Kind.ENTRY, Kind.PLAYLIST}
