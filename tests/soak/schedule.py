"""What fails, and when. Pure: the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from proxy.demo.origin_faults import OriginFault

DOWN_SHARE = 0.4
"""The share of time that the token service is down."""

SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 3.0
"""The length of one outage. A token of 5 s has 1 s left when its keeper may first
notice. A request is held for 8 s, and players have buffered six seconds of picture."""

FAULT_SHARE = 0.01
"""The share of requests to the origin that fail."""


class Down(StrEnum):
    """How the service fails."""

    REFUSING = "refusing"
    """503."""
    SILENT = "silent"
    """It accepts connections but sends nothing."""
    BROKEN = "broken"
    """It resets connections."""
    TALKING = "talking"
    """It answers 200 with an HTML page."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage of the service, in seconds from the beginning."""

    begins: float
    ends: float
    how: Down


def outages(seconds: float, rng: random.Random) -> tuple[Outage, ...]:
    """Return the outages of a run of `seconds`; the service is up at first."""
    return tuple(_outages(seconds, rng))


def _outages(seconds: float, rng: random.Random) -> Iterator[Outage]:
    at = 0.0
    while True:
        length = rng.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
        begins = at + length * (1 - DOWN_SHARE) / DOWN_SHARE
        at = begins + length
        if at > seconds:
            return
        yield Outage(begins, at, rng.choice(list(Down)))


def down_at(schedule: tuple[Outage, ...], at: float) -> Down | None:
    """Return how the service is failing at a time; None while it is up."""
    now = (each.how for each in schedule if each.begins <= at < each.ends)
    return next(now, None)


class Dice:
    """Decides for each request to the origin whether it fails."""

    def __init__(self, rng: random.Random, share: float = FAULT_SHARE) -> None:
        self._rng = rng
        self._share = share
        self.thrown = 0
        self.faults: dict[OriginFault, int] = dict.fromkeys(OriginFault, 0)

    def __call__(self) -> OriginFault | None:
        """Return the fault of the next request, if it has one."""
        self.thrown += 1
        if self._rng.random() >= self._share:
            return None
        fault = self._rng.choice(list(OriginFault))
        self.faults[fault] += 1
        return fault
