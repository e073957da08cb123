"""What a keeper holds: the token that serves, and those whose time is to come."""

from dataclasses import dataclass, replace

from proxy.core.tokens.refresh.freshness import Life, Phase, mean_skew
from proxy.core.tokens.refresh.not_before import begins
from proxy.core.tokens.refresh.refresh_policy import progresses
from proxy.core.tokens.token import KeptToken, Token

MOST_COMING = 64
"""Tokens that wait. More than one does where each begins later than it lives: enough
for a service whose clock is ahead by thirty lives of its tokens."""


@dataclass(frozen=True, slots=True)
class _Coming:
    """A token that came and does not serve yet."""

    token: Token
    life: Life


class Holding:
    """Holds the current token; a new one replaces it from its `nbf` on.

    What is mutable: `kept` and `life` change together, with `generation`; `_coming` are
    what will replace them, in turn; the skews change with each measurement.
    """

    def __init__(self) -> None:
        self.kept: KeptToken | None = None
        self.life: Life | None = None
        self.generation = 0
        self._coming: tuple[_Coming, ...] = ()
        self._upstream: float | None = None
        self._issuer: float | None = None

    @property
    def upstream(self) -> float | None:
        """How far the upstream's clock is ahead of ours, if that is known."""
        return self._upstream

    @property
    def skew(self) -> float:
        """How far the clock that judges the token is ahead of ours, by what we know."""
        known = self._issuer if self._upstream is None else self._upstream
        return known or 0.0

    @property
    def latest(self) -> Life | None:
        """The life of the newest token, whether it serves already or not."""
        return self._coming[-1].life if self._coming else self.life

    def skew_of(self, life: Life | None) -> float:
        """Return how far the clock that judges this life is ahead of how it is dated.

        The issuer's says nothing of one that is dated by the clock that judges it.
        """
        if life is not None and life.dated is not None:
            return (self._upstream or 0.0) - life.dated
        return self.skew

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
        return self.judge(self.life, wall)

    def judge(self, life: Life, wall: float) -> Phase:
        """Return the phase of another life."""
        return life.phase(wall, skew=self.skew_of(life))

    def take(
        self, token: Token, life: Life, wall: float, *, replaces: bool
    ) -> tuple[bool, bool]:
        """Keep a token if it is worth more; return whether it is progress, and new.

        `replaces` says that another one counts even if it ends no later.
        """
        coming, kept = self._coming, self.kept
        current = coming[-1].token if coming else kept.token if kept else None
        new = current is None or not current.opens_like(token)
        progress = progresses(self.latest, life, now=wall)
        start = self.begin(token, wall)
        # One that begins sooner than this is not given up for it.
        sooner = tuple(each for each in coming if self.begin(each.token, wall) < start)
        sooner = () if replaces else sooner
        progress = progress and len(sooner) < MOST_COMING
        if progress or (new and replaces):
            self._coming = (*sooner, _Coming(token, life))
            self.come(wall)
        return progress, new

    def room_in(self, wall: float) -> float:
        """Return the seconds until another token can wait; zero means now."""
        full = len(self._coming) >= MOST_COMING
        return max(0.0, self.begins_in(wall) or 0.0) if full else 0.0

    def begins_in(self, wall: float) -> float | None:
        """Return the seconds until the next token serves; None if none is waiting."""
        begins = (self.begin(each.token, wall) - wall for each in self._coming)
        return min(begins, default=None)

    def come(self, wall: float) -> None:
        """Let a token serve whose time has come; forget one that ended before."""
        if not self._coming:
            return
        alive = [
            each
            for each in self._coming
            if self.judge(each.life, wall) is not Phase.UNUSABLE
        ]
        begun = [each for each in alive if self.begin(each.token, wall) <= wall]
        self._coming = tuple(each for each in alive if each not in begun)
        if begun:
            coming, kept = begun[-1], self.kept
            self.generation += kept is None or not kept.token.opens_like(coming.token)
            self.kept = KeptToken(coming.token, self.generation)
            self.life = coming.life
            self._tell_end()

    def recede(self, wall: float) -> bool:
        """Take back a token that was sent too soon, by what is known of clocks now.

        It comes again, as a new generation, when its time has come.
        """
        kept, life = self.kept, self.life
        if kept is None or life is None or self.begin(kept.token, wall) <= wall:
            return False
        self._coming = (_Coming(kept.token, life), *self._coming)
        self.kept = self.life = None
        return True

    def _tell_end(self) -> None:
        """Write into the token until when it serves: whoever sends it asks there."""
        if self.kept is not None and self.life is not None:
            until = self.life.until(skew=self.skew_of(self.life))
            token = replace(self.kept.token, until=until)
            self.kept = replace(self.kept, token=token)

    def begin(self, token: Token, wall: float) -> float:
        """Return from when on a token may be sent, by our clock."""
        return begins(
            token.not_before, skew=self._upstream, issuer=self._issuer, now=wall
        )
