"""Which change of the configuration comes when, and the resulting text. Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from tests.soak.profile import Addresses, profile

SECONDS_BETWEEN = 2.9
"""The time between two changes: more than 200 changes in ten minutes."""


class Change(StrEnum):
    """A kind of change."""

    NOTHING = "nothing"
    """The program is asked to reload an unchanged configuration."""
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
"""The expected outcome of each change."""

_BROKEN = "\n[streams.broken]\nurl = 5\n[server"
_EXTRA = """
[streams.extra]
url = "{front}/bearer/demo-vod/index.m3u8"
"""


@dataclass(frozen=True, slots=True)
class State:
    """The variable part of the configuration."""

    extra: bool = False
    source: int = 0
    """The index of the streams' token source."""
    key: int = 0
    """The index of the key file that the link points to."""

    def after(self, change: Change) -> "State":
        """Return the state after a change."""
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
        """Return the configuration as TOML; after `BROKEN` it is invalid."""
        text = profile(addresses, source=self.source)
        if self.extra:
            text += _EXTRA.format(front=addresses.front)
        return text + (_BROKEN if change is Change.BROKEN else "")


def changes(number: int, rng: random.Random) -> tuple[Change, ...]:
    """Return so many changes, each kind equally often.

    The change after a broken file repairs it, in addition to its own effect.
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
