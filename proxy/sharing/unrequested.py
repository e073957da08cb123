"""Resources that were fetched ahead and that no player has requested yet."""

from cachetools import LRUCache

from proxy.store.key import Key

_MOST = 1000


class Unasked:
    """The resources of one stream that were fetched ahead and not requested yet."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: LRUCache[Key, None] = LRUCache(_MOST)

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    def add(self, key: Key) -> None:
        """Record that a resource is fetched ahead."""
        self._keys[key] = None

    def take(self, key: Key) -> bool:
        """Record a request; return whether it is the first for one fetched ahead."""
        if key not in self._keys:
            return False
        del self._keys[key]
        return True
