"""The keys under which the resources of one presentation are kept."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Protocol

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.localise.listing import Resource
from proxy.localise.uses import Use
from proxy.store.key import Key

_SHARED = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP, Kind.KEY})
_MOST_URLS, _MOST_NOTES = 512, 128


class Uses(Protocol):
    """Knows what the names in media playlists mean; see `localise.uses`."""

    def notes(self, parent: str, now: float, /) -> dict[str, object] | None:
        """Return notes on the last load of a playlist, unless it is too old."""
        ...

    def use(self, path: str, resource: Resource, now: float, /) -> Use | None:
        """Return what a resource means; None if that is unknown."""
        ...


class KeyedResource(NamedTuple):
    """A resource with its key, and what may be done with it now."""

    key: Key
    """The key of the whole resource."""
    listed: bool
    """Whether the upstream's current answer may be kept; see `localise.uses.Use`."""
    lasting: bool
    """Whether it may be kept on a disk, because it means the same after a restart."""
    hinted: bool = False
    """Whether it is only announced by a preload hint, so it may not exist yet."""


class _Known(NamedTuple):
    """A name that was looked up since the last load of its playlist."""

    resource: Resource
    named: KeyedResource | None


class Keys:
    """Makes keys from names and from what the names mean now."""

    def __init__(
        self,
        stream: str,
        suffix: str,
        uses: Uses,
        *,
        steady: Callable[[str], str],
        clock: Clock,
    ) -> None:
        """`suffix` identifies the player's selection, which may change the bytes.

        `steady` removes the token and the volatile parts from a URL.
        """
        self._stream = stream
        self._prefix = suffix and f"{suffix}/"
        self._uses = uses
        self._steady = lru_cache(_MOST_URLS)(steady)
        self._clock = clock

    def of(self, path: str, resource: Resource) -> KeyedResource | None:
        """Return the key of a resource; None if it must not be shared."""
        now = self._clock.mono()
        notes = self._uses.notes(resource.parent, now)
        if notes is None or resource.kind not in _SHARED:
            return None
        known = notes.get(path)
        if isinstance(known, _Known) and known.resource is resource:
            return known.named
        named = self._named(path, resource, now)
        if len(notes) >= _MOST_NOTES:
            notes.clear()
        notes[path] = _Known(resource, named)
        return named

    def _named(self, path: str, resource: Resource, now: float) -> KeyedResource | None:
        use = self._uses.use(path, resource, now)
        if use is None:
            return None
        # The run of an ended playlist identifies what its names mean. After a restart
        # nothing else is known.
        url = "" if use.lasting else self._steady(resource.url)
        key = Key(self._stream, self._prefix + path, url, use.run, use.number)
        lasting = use.lasting and resource.kind is not Kind.KEY
        return KeyedResource(key, use.listed, lasting, use.hinted)
