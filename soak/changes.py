"""Which change of the configuration comes when, and the text after it: pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from soak.profile import Addresses, profile

SECONDS_BETWEEN = 2.9
"""From one change to the next: more than 200 in ten minutes."""


class Change(StrEnum):
    """What changes."""

    NOTHING = "nothing"
    """The program is told to read what it has read already."""
    ADDED = "a stream added"
    REMOVED = "a stream removed"
    SOURCE = "another token source of streams that are played"
    KEY = "another key file behind a link"
    BROKEN = "a broken file"


OUTCOMES = {
    Change.NOTHING: "unchanged",
    Change.KEY: "unchanged",
    Change.BROKEN: "refused",
    Change.ADDED: "applied",
    Change.REMOVED: "applied",
    Change.SOURCE: "applied",
}
"""What becomes of each."""

_BROKEN = "\n[streams.broken]\nurl = 5\n[server"
_EXTRA = """
[streams.extra]
url = "{front}/bearer/demo-vod/index.m3u8"
"""


@dataclass(frozen=True, slots=True)
class State:
    """What the configuration says beside what it always says."""

    extra: bool = False
    source: int = 0
    """Which of the token sources streams have."""
    key: int = 0
    """Which of two key files the link leads to."""

    def after(self, change: Change) -> "State":
        """Return what it says after a change."""
        match change:
            case Change.ADDED | Change.REMOVED:
                return replace(self, extra=change is Change.ADDED)
            case Change.SOURCE:
                return replace(self, source=self.source + 1)
            case Change.KEY:
                return replace(self, key=1 - self.key)
            case _:
                return self

    def text(self, addresses: Addresses, change: Change) -> str:
        """Return the configuration, TOML; a broken one after that change."""
        text = profile(addresses, source=self.source)
        if self.extra:
            text += _EXTRA.format(front=addresses.front)
        return text + (_BROKEN if change is Change.BROKEN else "")


def changes(number: int, rng: random.Random) -> tuple[Change, ...]:
    """Return so many changes, each sort as often as the others.

    What follows a broken file mends it, whatever else it does.
    """
    return tuple(_changes(number, rng))


def _changes(number: int, rng: random.Random) -> Iterator[Change]:
    extra, left = False, list[Change]()
    for _ in range(number):
        left = left or rng.sample(list(Change), len(Change))
        change = left.pop()
        if change in {Change.ADDED, Change.REMOVED}:
            change = Change.REMOVED if extra else Change.ADDED
            extra = change is Change.ADDED
        yield change
