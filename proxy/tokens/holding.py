"""What a keeper holds: the token that serves, and one whose time has not come yet."""

from dataclasses import dataclass, replace

from proxy.core.tokens.beginning import begins
from proxy.core.tokens.freshness import Life, Phase, mean_skew
from proxy.core.tokens.refresh_policy import progresses
from proxy.core.tokens.token import KeptToken, Token


@dataclass(frozen=True, slots=True)
class _Coming:
    """A token that came and does not serve yet."""

    token: Token
    life: Life


class Holding:
    """Holds the current token; a new one replaces it from its `nbf` on.

    What is mutable: `kept` and `life` change together, with `generation`; `_coming` is
    what will replace them; the skews change with each measurement.
    """

    def __init__(self) -> None:
        self.kept: KeptToken | None = None
        self.life: Life | None = None
        self.generation = 0
        self._coming: _Coming | None = None
        self._upstream: float | None = None
        self._issuer: float | None = None

    @property
    def skew(self) -> float:
        """How far the clock that judges the token is ahead of ours, by what we know."""
        known = self._issuer if self._upstream is None else self._upstream
        return known or 0.0

    @property
    def latest(self) -> Life | None:
        """The life of the newest token, whether it serves already or not."""
        return self.life if self._coming is None else self._coming.life

    def measured(self, skew: float, *, issuer: bool = False) -> None:
        """Take note of how far the upstream's clock, or the issuer's, is ahead."""
        if issuer:
            self._issuer = mean_skew(self._issuer, skew)
        else:
            self._upstream = mean_skew(self._upstream, skew)
        self._tell_end()

    def phase(self, wall: float) -> Phase:
        """Return the phase of the token that serves; none is as good as unusable."""
        if self.life is None:
            return Phase.UNUSABLE
        return self.life.phase(wall, skew=self.skew)

    def judge(self, life: Life, wall: float) -> Phase:
        """Return the phase of another life."""
        return life.phase(wall, skew=self.skew)

    def take(
        self, token: Token, life: Life, wall: float, *, replaces: bool
    ) -> tuple[bool, bool]:
        """Keep a token if it is worth more; return whether it is progress, and new.

        `replaces` says that another one counts even if it ends no later.
        """
        coming, kept = self._coming, self.kept
        current = coming.token if coming else kept.token if kept else None
        new = current is None or not current.opens_like(token)
        progress = progresses(self.latest, life, now=wall)
        if progress or (new and replaces):
            self._coming = _Coming(token, life)
            self.come(wall)
        return progress, new

    def begins_in(self, wall: float) -> float | None:
        """Return the seconds until the next token serves; None if none is waiting."""
        if self._coming is None:
            return None
        return self._begin(self._coming.token, wall) - wall

    def come(self, wall: float) -> None:
        """Let a token serve whose time has come; forget one that ended before."""
        coming = self._coming
        if coming is None:
            return
        if self.judge(coming.life, wall) is Phase.UNUSABLE:
            self._coming = None
        elif self._begin(coming.token, wall) <= wall:
            kept = self.kept
            self.generation += kept is None or not kept.token.opens_like(coming.token)
            self.kept = KeptToken(coming.token, self.generation)
            self.life, self._coming = coming.life, None
            self._tell_end()

    def recede(self, wall: float) -> bool:
        """Take back a token that was sent too soon, by what is known of clocks now.

        It comes again, as a new generation, when its time has come.
        """
        kept, life = self.kept, self.life
        if kept is None or life is None or self._begin(kept.token, wall) <= wall:
            return False
        self._coming = self._coming or _Coming(kept.token, replace(life))
        self.kept = self.life = None
        return True

    def _tell_end(self) -> None:
        """Write into the token until when it serves: whoever sends it asks there."""
        if self.kept is not None and self.life is not None:
            until = self.life.until(skew=self.skew)
            token = replace(self.kept.token, until=until)
            self.kept = replace(self.kept, token=token)

    def _begin(self, token: Token, wall: float) -> float:
        return begins(token.not_before, skew=self._upstream, now=wall)
