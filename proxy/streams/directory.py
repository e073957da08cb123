"""Which streams there are: those configured one by one, and the members of families."""

from collections.abc import Callable, Mapping

from cachetools import LRUCache

from proxy.streams.stream import Stream


class Family:
    """Streams that differ in nothing but an id: one URL template, one token per id."""

    def __init__(self, make: Callable[[str], Stream], *, limit: int) -> None:
        self._make = make
        # A member that was dropped in use is found again: names are deterministic.
        self._members: LRUCache[str, Stream] = LRUCache(limit)

    def __len__(self) -> int:
        return len(self._members)

    def member(self, member_id: str) -> Stream:
        """Return the member, made at its first use."""
        stream = self._members.get(member_id)
        if stream is None:
            stream = self._members[member_id] = self._make(member_id)
        return stream


class Streams:
    """All streams of the program, by name."""

    def __init__(
        self, streams: Mapping[str, Stream], families: Mapping[str, Family]
    ) -> None:
        self._streams = streams
        self._families = families

    @property
    def families(self) -> frozenset[str]:
        """The names of the families."""
        return frozenset(self._families)

    def find(self, name: str) -> Stream | None:
        """Return the stream of that name, if there is one."""
        return self._streams.get(name)

    def member(self, family: str, member_id: str) -> Stream:
        """Return a member of a family."""
        return self._families[family].member(member_id)
