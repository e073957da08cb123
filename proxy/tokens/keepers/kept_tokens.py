"""The tokens of a keeper: the current one, and those that become valid later."""

from dataclasses import dataclass, replace

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.refresh_policy import progresses
from proxy.core.tokens.refresh.skews import Skews
from proxy.core.tokens.token import KeptToken, Token

MOST_COMING = 64
"""The most tokens that wait to become valid. More than one waits if each becomes valid
later than the lifetime of a token. It is enough for a service whose clock is ahead by
thirty lifetimes of its tokens."""


@dataclass(frozen=True, slots=True)
class _Coming:
    """A received token that is not used yet."""

    token: Token
    life: Life


class KeptTokens:
    """Keeps the current token; a new one replaces it from its `nbf` on.

    Mutable state: `kept`, `life` and `generation` change together. `_coming` are the
    tokens that will replace the kept one, in order. `skews` change with each
    measurement.
    """

    def __init__(self) -> None:
        self.kept: KeptToken | None = None
        """The current token, or the last one."""
        self.life: Life | None = None
        """The life of `kept`."""
        self.generation = 0
        """The number of the current token; 0 means none."""
        self.skews = Skews()
        self._coming: tuple[_Coming, ...] = ()

    @property
    def latest(self) -> Life | None:
        """The life of the newest token, whether it is used already or not."""
        return self._coming[-1].life if self._coming else self.life

    def measured(self, skew: float, *, issuer: bool = False) -> None:
        """Record how far the upstream's or the issuer's clock is ahead."""
        self.skews = self.skews.measured(skew, issuer=issuer)
        self._tell_end()

    def phase(self, wall: float) -> Phase:
        """Return the phase of the current token, after any switch to the next.

        Without a token the phase is `UNUSABLE`.
        """
        self.come(wall)
        if self.life is None:
            return Phase.UNUSABLE
        return self.skews.phase(self.life, wall)

    def take(
        self, token: Token, life: Life, wall: float, *, replaces: bool
    ) -> tuple[bool, bool]:
        """Keep a token if it is better; return whether it is progress and whether new.

        `replaces` means that a different token is kept even if it expires no later.
        """
        coming, kept, skews = self._coming, self.kept, self.skews
        current = coming[-1].token if coming else kept.token if kept else None
        new = current is None or not current.opens_like(token)
        progress = progresses(self.latest, life, now=wall)
        start = skews.begin(token, wall)
        # Tokens that become valid sooner than this one are still needed.
        sooner = tuple(one for one in coming if skews.begin(one.token, wall) < start)
        sooner = () if replaces else sooner
        progress = progress and len(sooner) < MOST_COMING
        if progress or (new and replaces):
            self._coming = (*sooner, _Coming(token, life))
            self.come(wall)
        return progress, new

    def room_in(self, wall: float) -> float:
        """Return the seconds until there is room for another token; zero means now."""
        full = len(self._coming) >= MOST_COMING
        return max(0.0, self.begins_in(wall) or 0.0) if full else 0.0

    def begins_in(self, wall: float) -> float | None:
        """Return the seconds until the next token is valid; None if none is waiting."""
        begins = (self.skews.begin(one.token, wall) - wall for one in self._coming)
        return min(begins, default=None)

    def come(self, wall: float) -> None:
        """Switch to a token that has become valid; drop those that expired before."""
        if not self._coming:
            return
        alive = [
            each
            for each in self._coming
            if self.skews.phase(each.life, wall) is not Phase.UNUSABLE
        ]
        begun = [one for one in alive if self.skews.begin(one.token, wall) <= wall]
        self._coming = tuple(each for each in alive if each not in begun)
        if begun:
            coming, kept = begun[-1], self.kept
            self.generation += kept is None or not kept.token.opens_like(coming.token)
            self.kept = KeptToken(coming.token, self.generation)
            self.life = coming.life
            self._tell_end()

    def recede(self, wall: float) -> bool:
        """Take back a token that was sent too soon, by what is now known of the clocks.

        It is used again, as a new generation, when it becomes valid.
        """
        kept, life = self.kept, self.life
        if kept is None or life is None or self.skews.begin(kept.token, wall) <= wall:
            return False
        self._coming = (_Coming(kept.token, life), *self._coming)
        self.kept = self.life = None
        return True

    def _tell_end(self) -> None:
        """Store in the token until when it may be sent, for the code that sends it."""
        if self.kept is not None and self.life is not None:
            token = replace(self.kept.token, until=self.skews.until(self.life))
            self.kept = replace(self.kept, token=token)
