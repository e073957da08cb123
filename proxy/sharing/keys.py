"""What the resources of one presentation are kept under."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Protocol

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.localise.listing import Resource
from proxy.localise.uses import Use
from proxy.store.key import Key

_SHARED = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP, Kind.KEY})
_MOST_URLS = 4096


class Uses(Protocol):
    """Knows what the names in media playlists mean; see `localise.uses`."""

    def use(self, path: str, resource: Resource, now: float, /) -> Use | None:
        """Return what a resource means; None if that is not known."""
        ...


class Named(NamedTuple):
    """A resource in what its name means now."""

    key: Key
    """What the whole of it is kept under."""
    listed: bool
    """Whether what the upstream has now may be kept; see `localise.uses.Use`."""
    lasting: bool
    """Whether it may be kept on a disk: it means the same after a restart."""
    hinted: bool = False
    """Whether it is only announced by a preload hint: it may not exist yet."""


class Keys:
    """Makes keys from names, by what the names mean now."""

    def __init__(
        self,
        stream: str,
        suffix: str,
        uses: Uses,
        *,
        steady: Callable[[str], str],
        clock: Clock,
    ) -> None:
        """`suffix` is that of the player's selection, which may change the bytes.

        `steady` removes token and volatile parts from a URL.
        """
        self._stream = stream
        self._prefix = suffix and f"{suffix}/"
        self._uses = uses
        self._steady = lru_cache(_MOST_URLS)(steady)
        self._clock = clock

    def of(self, path: str, resource: Resource) -> Named | None:
        """Return what a resource is kept under; None if it is not to be shared."""
        if resource.kind not in _SHARED:
            return None
        use = self._uses.use(path, resource, self._clock.mono())
        if use is None:
            return None
        # The run of a playlist that has ended tells what its names stand for. After a
        # restart nothing else is known.
        url = "" if use.lasting else self._steady(resource.url)
        key = Key(self._stream, self._prefix + path, url, use.run, use.number)
        lasting = use.lasting and resource.kind is not Kind.KEY
        return Named(key, use.listed, lasting, use.hinted)
