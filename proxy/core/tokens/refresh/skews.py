"""How far other clocks are ahead of ours, and what that means for a token."""

from dataclasses import dataclass, replace
from typing import Self

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.not_before import begins, ending
from proxy.core.tokens.times.skew import mean_skew
from proxy.core.tokens.token import Token


@dataclass(frozen=True, slots=True)
class Skews:
    """What is known about both clocks, in seconds ahead of ours; None if unknown."""

    upstream: float | None = None
    """The clock of the upstream, which judges the tokens."""
    issuer: float | None = None
    """The clock of the issuer. It counts while the upstream's is unknown."""

    @property
    def judging(self) -> float:
        """How far the clock that judges a token is ahead, as far as known."""
        known = self.issuer if self.upstream is None else self.upstream
        return known or 0.0

    def measured(self, skew: float, *, issuer: bool = False) -> Self:
        """Return the state after one measurement of the upstream or the issuer."""
        if issuer:
            return replace(self, issuer=mean_skew(self.issuer, skew))
        return replace(self, upstream=mean_skew(self.upstream, skew))

    def of(self, life: Life | None) -> float:
        """Return how far the judging clock is ahead of the clock that dated this life.

        If the life was dated by the judging clock, the issuer's clock does not matter.
        """
        if life is not None and life.dated is not None:
            return (self.upstream or 0.0) - life.dated
        return self.judging

    def phase(self, life: Life, wall: float) -> Phase:
        """Return the phase of a life."""
        return life.phase(wall, skew=self.of(life))

    def until(self, life: Life) -> float | None:
        """Return when a token becomes unusable, by our clock; None if unknown."""
        return life.until(skew=self.of(life))

    def begin(self, token: Token, wall: float) -> float:
        """Return from when on a token may be sent, by our clock."""
        return begins(
            token.not_before, skew=self.upstream, issuer=self.issuer, now=wall
        )

    def ending(self, token: Token, wall: float) -> tuple[float | None, float | None]:
        """Return the expiry of a token requested at `wall`; see `not_before.ending`."""
        return ending(token, skew=self.upstream, now=wall)
