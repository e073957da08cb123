"""Chooses what to fetch for a player that requested a segment: what follows it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from proxy.clock import Clock
from proxy.core.hls.choices import Choices
from proxy.core.hls.prefetch import (
    Position,
    PrefetchLimits,
    Step,
    most_ahead,
    next_step,
)
from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.listing import Resource
from proxy.localise.uses import NextPaths, Uses
from proxy.sharing.fills import Fills
from proxy.sharing.keys import KeyedResource, Keys
from proxy.store.key import Key
from proxy.store.port import Head

_TINY_SECONDS = 0.001
_GAP = Step(gap=True)
_FETCHED = frozenset({Kind.SEGMENT, Kind.MAP})


class AskedSegment(NamedTuple):
    """The last segment that a player requested at a position."""

    path: str
    resource: Resource
    named: KeyedResource
    base_url: str


class Target(NamedTuple):
    """A resource to be fetched."""

    path: str
    resource: Resource
    named: KeyedResource


@dataclass(frozen=True, slots=True)
class Around:
    """What is known about the names of a presentation."""

    catalog: Catalog
    keys: Keys
    uses: Uses
    choices: Callable[[], Choices]
    """Returns the renditions that the entry offers."""


class PrefetchTargets:
    """Chooses what to fetch for the players of one presentation."""

    def __init__(
        self, fills: Fills, around: Around, *, limits: PrefetchLimits, clock: Clock
    ) -> None:
        self._fills = fills
        self._around = around
        self._limits = limits
        self._clock = clock

    def next(self, position: Position, asked: AskedSegment) -> Target | None:
        """Return what to fetch now for the player at a position, or None."""
        had = self.had(asked.named.key)
        if had is None:
            return None
        head, size = had
        following = self._around.uses.following(
            asked.path, asked.resource, self._limits.most(position.target_seconds)
        )
        position.target_seconds = following.target_seconds
        if not position.is_current(self._clock.mono()):
            return None
        most = most_ahead(
            position.row,
            self._limits.most(following.target_seconds),
            alternatives=self._has_others(asked.resource.parent),
        )
        # The next segments probably stay fresh for as long as this one.
        fresh = head.fresh_seconds / max(following.target_seconds, _TINY_SECONDS)
        if fresh < min(most, self._limits.segments):
            return None
        paths = following.segments[: int(min(most, fresh))]
        if not paths or _is_one_file(asked.path, following):
            return None
        init = () if following.init is None else ((following.init, False),)
        return self._first_missing((*init, *paths), usual_bytes=size)

    def had(self, key: Key) -> tuple[Head, int] | None:
        """Return the head and the size of a segment that is kept, or soon will be."""
        kept, fill = self._fills.store.find(key), self._fills.running(key)
        if kept is not None:
            return kept.head, kept.size
        return None if fill is None else fill.coming

    def role(self, parent: str) -> str:
        """Return what a playlist is for its players, such as video or sound."""
        return self._around.choices().roles.get(_slug(parent), "")

    def _first_missing(
        self, paths: Iterable[tuple[str, bool]], *, usual_bytes: int
    ) -> Target | None:
        targets = [None if gap else self._target(path) for path, gap in paths]
        steps = [self._step(target) if target else _GAP for target in targets]
        most = self._limits.bytes
        at = next_step(steps, most_bytes=most, usual_bytes=usual_bytes)
        return None if at is None else targets[at]

    def _target(self, path: str) -> Target | None:
        resource = self._around.catalog.find(path)
        if resource is None or resource.kind not in _FETCHED:
            return None
        named = self._around.keys.of(path, resource)
        if named is None or not named.listed:
            return None
        return Target(path, resource, named)

    def _step(self, target: Target) -> Step:
        key, fills = target.named.key, self._fills
        kept = fills.store.find(key)
        if kept is not None:
            return Step(at_hand=True, size=kept.size)
        if fills.running(key) is not None:
            return Step(at_hand=True)
        return Step(gap=fills.unshared(key, target.resource.kind) is not None)

    def _has_others(self, parent: str) -> bool:
        return parent != ENTRY and self._around.choices().has_others(_slug(parent))


def _slug(parent: str) -> str:
    return parent.removesuffix(f"/{ENTRY}")


def _is_one_file(path: str, following: NextPaths) -> bool:
    """Return whether several segments are ranges of one file.

    Such a file is not fetched ahead, because it is too large.
    """
    paths = [path, *(each for each, _ in following.segments)]
    return len(set(paths)) < len(paths) or following.init in paths
