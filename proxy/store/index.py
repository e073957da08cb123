"""Decides what is kept, and what is evicted to make room. It does no I/O.

Every decision is one step: it changes the index and returns the evicted items. The
caller then closes or removes what belongs to them.

An item in use is not in the `LRUCache` of idle items, so it is never evicted. Its cost
counts until its last use ends, even if it can no longer be found.
"""

import math
from collections.abc import Hashable, Iterator
from typing import Any, Generic, TypeVar

from cachetools import Cache, LRUCache

K = TypeVar("K", bound=Hashable)


class Item(Generic[K]):
    """Something that is kept, or is being written."""

    __slots__ = ("copied", "cost", "files", "key", "uses")

    def __init__(self, key: K) -> None:
        self.key = key
        self.cost = 0
        """In bytes."""
        self.files = 0
        """How many descriptors it holds open."""
        self.uses = 0
        self.copied = False
        """Whether another process keeps it too. Such items are evicted first."""


ItemT = TypeVar("ItemT", bound=Item[Any])


class Index(Generic[K, ItemT]):
    """Items within a budget of bytes and descriptors, evicted by least recent use."""

    def __init__(self, budget: int, *, most_files: float = math.inf) -> None:
        self.budget = budget
        self.most_files = most_files
        self.cost = 0
        """The bytes of all items, including those that can no longer be found."""
        self.files = 0
        self.evictions = 0
        self._busy: dict[K, ItemT] = {}
        """The items that can be found and are in use."""
        # These have no limits of their own: only `reserve` and `resize` make room.
        self._idle: LRUCache[K, ItemT] = LRUCache(math.inf, getsizeof=_cost)
        self._idle_files: LRUCache[K, ItemT] = LRUCache(math.inf)
        """The items of `_idle` that hold a descriptor, in the same order."""
        self._idle_copies: LRUCache[K, ItemT] = LRUCache(math.inf)
        """The items of `_idle` that another process keeps too, in the same order."""

    def __len__(self) -> int:
        return len(self._busy) + len(self._idle)

    def __iter__(self) -> Iterator[ItemT]:
        """Iterate over a snapshot of the items that can be found."""
        idle = [self._look(key) for key in self._idle]
        return iter([*self._busy.values(), *idle])

    def resize(self, budget: int) -> list[ItemT]:
        """Change the budget of bytes; return the evicted items."""
        self.budget, gone = budget, []
        while self.cost > budget and self._idle:
            gone.append(self._evict(self._idle_copies or self._idle))
        return gone

    def find(self, key: K) -> ItemT | None:
        """Return the item under a key; this counts as a use."""
        item = self._busy.get(key)
        if item is not None or key not in self._idle:
            return item
        item = self._idle[key]
        if item.files:
            self._idle_files[key]
        if item.copied:
            self._idle_copies[key]
        return item

    def peek(self, key: K) -> ItemT | None:
        """Return the item under a key; this does not count as a use."""
        item = self._busy.get(key)
        if item is not None or key not in self._idle:
            return item
        return self._look(key)

    def reserve(self, item: ItemT, cost: int, files: int = 0) -> list[ItemT] | None:
        """Increase the cost of an item in use; return the evicted items.

        Returns None and changes nothing if items in use leave too little room.
        """
        spare = self.budget - self.cost + int(self._idle.currsize)
        spare_files = self.most_files - self.files + len(self._idle_files)
        if cost > spare or (files and files > spare_files):
            return None
        gone = []
        while self.cost + cost > self.budget:
            gone.append(self._evict(self._idle_copies or self._idle))
        while files and self.files + files > self.most_files:
            gone.append(self._evict(self._idle_files))
        self._count(cost, files)
        item.cost += cost
        item.files += files
        return gone

    def refund(self, item: ItemT, cost: int, files: int = 0) -> None:
        """Reduce the cost of an item in use."""
        self._count(-cost, -files)
        item.cost -= cost
        item.files -= files

    def charge(self, item: ItemT, other: ItemT) -> None:
        """Move the cost of `other` to an item in use."""
        item.cost += other.cost
        other.cost = 0

    def admit(self, item: ItemT) -> ItemT | None:
        """Make an item in use findable; return the item that it replaces.

        The replaced item stops counting when its last use ends.
        """
        before = self.remove(item.key)
        self._busy[item.key] = item
        return before

    def use(self, item: ItemT) -> None:
        """Begin a use. If the item was evicted meanwhile, its cost counts again."""
        item.uses += 1
        if item.uses > 1:
            return
        if item.key in self._idle and self._look(item.key) is item:
            self._forget_idle(item.key)
            self._busy[item.key] = item
        else:
            self._count(item.cost, item.files)

    def release(self, item: ItemT) -> None:
        """End a use. After the last one the item may be evicted."""
        item.uses -= 1
        if item.uses:
            return
        if self._busy.get(item.key) is item:
            del self._busy[item.key]
            self._idle[item.key] = item
            if item.files:
                self._idle_files[item.key] = item
            if item.copied:
                self._idle_copies[item.key] = item
        else:
            self._count(-item.cost, -item.files)

    def remove(self, key: K) -> ItemT | None:
        """Make the item under a key impossible to find; return the item."""
        if key in self._busy:
            return self._busy.pop(key)
        if key not in self._idle:
            return None
        item = self._look(key)
        self._forget_idle(key)
        self._count(-item.cost, -item.files)
        return item

    def _look(self, key: K) -> ItemT:
        # LRUCache's own item access counts as a use, even in a loop over its values.
        item: ItemT = Cache.__getitem__(self._idle, key)
        return item

    def _evict(self, among: "LRUCache[K, ItemT]") -> ItemT:
        key, item = among.popitem()
        self._idle.pop(key, None)
        self._idle_files.pop(key, None)
        self._idle_copies.pop(key, None)
        self._count(-item.cost, -item.files)
        self.evictions += 1
        return item

    def _forget_idle(self, key: K) -> None:
        del self._idle[key]
        self._idle_files.pop(key, None)
        self._idle_copies.pop(key, None)

    def _count(self, cost: int, files: int) -> None:
        self.cost += cost
        self.files += files


def _cost(item: Item[Any]) -> int:
    return item.cost
