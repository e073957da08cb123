"""Limits how many new members a family may get, because anybody can invent ids.

Each new member costs a request to the token service and one to the upstream. A member
that turns out to be real no longer counts, so a thousand players who return after a
restart are let in within a minute. Some upstreams answer for any id, so the number that
stops counting is limited too.
"""

from dataclasses import dataclass, replace
from typing import Self

_MINUTE = 60.0
PROVEN_AT_ONCE, PROVEN_PER_SECOND = 100.0, 20.0


@dataclass(frozen=True, slots=True)
class Newcomers:
    """A token bucket of new members, on the monotonic clock."""

    per_minute: float
    left: float
    at: float
    back: float = PROVEN_AT_ONCE
    """How many may be given back for members that turned out to be real."""

    @classmethod
    def of(cls, per_minute: int, *, mono: float) -> Self:
        """Return a full bucket, which holds half a minute's worth of members."""
        return cls(per_minute, cls(per_minute, 0.0, mono).burst, mono)

    @property
    def burst(self) -> float:
        """How many members may come at once."""
        return max(1.0, self.per_minute / 2)

    def wait(self, mono: float) -> float:
        """Return the seconds until the next member may come; zero means now."""
        return max(0.0, round((1 - self._level(mono)) * _MINUTE / self.per_minute, 3))

    def came(self, mono: float) -> Self:
        """Return the bucket after one member has come."""
        left, back = max(0.0, self._level(mono) - 1), self._back(mono)
        return replace(self, left=left, at=mono, back=back)

    def proved(self, mono: float, number: int) -> Self:
        """Return the bucket after `number` members have turned out to be real."""
        back = self._back(mono)
        given = min(float(number), back)
        left = min(self.burst, self._level(mono) + given)
        return replace(self, left=left, at=mono, back=back - given)

    def _level(self, mono: float) -> float:
        passed = max(0.0, mono - self.at)
        return min(self.burst, self.left + passed * self.per_minute / _MINUTE)

    def _back(self, mono: float) -> float:
        passed = max(0.0, mono - self.at)
        return min(PROVEN_AT_ONCE, self.back + passed * PROVEN_PER_SECOND)
