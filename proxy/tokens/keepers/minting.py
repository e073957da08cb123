"""Getting one token that was never used."""

from collections import deque

from proxy.clock import Clock
from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.request_hold import FLIGHT_SECONDS, HOLD_SECONDS
from proxy.core.tokens.refresh.skews import Skews
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.keepers.asked_source import AskedSource
from proxy.tokens.keepers.upkeep import LEAST_PAUSE_SECONDS

# A source that returns a token twice does so soon, or has no other tokens.
_REMEMBERED = 64


class Minting:
    """Gets tokens, and rejects those that were returned before.

    Mutable state: `skews` changes with each measurement, `_spent` with each token.
    """

    def __init__(self, asked: AskedSource, clock: Clock) -> None:
        self.skews = Skews()
        self._asked = asked
        self._clock = clock
        self._spent = deque[Token](maxlen=_REMEMBERED)

    def measured(self, skew: float, *, issuer: bool = False) -> None:
        """Record how far the upstream's or the issuer's clock is ahead."""
        self.skews = self.skews.measured(skew, issuer=issuer)

    async def mint(self, *, patient: bool) -> tuple[Token, Life]:
        """Return a new token, within a turn; raise `SourceError` if there is none.

        Unless `patient`, wait only 2 s for the source.
        """
        asked, begun = self._asked, self._asked.now()
        if asked.error is not None:
            # One request finds out whether the source is back; others do not queue
            # behind it.
            asked.presume(asked.error, None)
            asked.look_at_files()
        token = await asked.answer(seconds=None if patient else FLIGHT_SECONDS)
        end, dated = self.skews.ending(token, begun.wall)
        life = Life.of(begun.wall, end, draw=0.0, dated=dated)
        self._judge(life)
        if any(token.opens_like(spent) for spent in self._spent):
            raise SourceError("the token that came was given before", useless=True)
        self._spent.append(token)
        return token, life

    async def valid(self, token: Token, life: Life) -> None:
        """Wait until a token may be sent; it cannot be kept for another request.

        Raise `TokenUnavailableError` if that takes too long, `SourceError` if it has
        expired by then.
        """
        while (wait := self._begins_in(token)) > 0:
            if wait > HOLD_SECONDS:
                raise self._asked.too_early(wait)
            await self._clock.sleep(max(wait, LEAST_PAUSE_SECONDS))
        self._judge(life)

    def _begins_in(self, token: Token) -> float:
        now = self._clock.wall()
        return self.skews.begin(token, now) - now

    def _judge(self, life: Life) -> None:
        """Raise `SourceError` for a token that may no longer be sent."""
        if self.skews.phase(life, self._clock.wall()) is Phase.UNUSABLE:
            raise SourceError(
                "the token that came has expired, or is about to", useless=True
            )
