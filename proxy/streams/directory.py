"""Lists the streams: those configured individually, and the members of families."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.errors import CrowdedError
from proxy.streams.newcomers import Newcomers
from proxy.streams.selections import Selections

# Dropped members that are remembered as known, per member that is kept.
_KNOWN = 10
# How long a new member waits. If many players return at once, those before it get
# their answers within this time.
_HOLD_SECONDS, _LOOK_SECONDS = 2.0, 0.05


class Family:
    """Streams that differ only in an id: one URL template, one token per id.

    A member is known once a player got something from it. Of unknown members, at most
    `new_per_minute` are created.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[str], Selections],
        *,
        limit: int,
        new_per_minute: int,
        clock: Clock,
        left: Callable[[Selections], None] = lambda _: None,
        before: "Family | None" = None,
    ) -> None:
        """`left` is called with each member that is dropped to make room.

        Members that played in the previous family `before` are known here too.
        """
        self._name = name
        self._make = make
        self._tell_left = left
        self._clock = clock
        self._per_minute = new_per_minute
        # A member may be dropped while in use. It is found again, because names are
        # deterministic.
        self._members: LRUCache[str, Selections] = _Leaving(limit, self._left)
        self._known: LRUCache[int, bool] = LRUCache(limit * _KNOWN)
        if before is not None:
            self._known.update(dict.fromkeys(before.known(), True))
        self._line = asyncio.Lock()
        self._newcomers = Newcomers.of(new_per_minute, mono=clock.mono())
        # The members that took from the bucket. Only they may give something back.
        self._unproven: LRUCache[str, Selections] = LRUCache(self._newcomers.burst)

    def __len__(self) -> int:
        return len(self._members)

    def known(self) -> Iterator[int]:
        """Yield the hashes of ids from which a player got something."""
        yield from self._known
        for member_id, stream in self._members.items():
            if stream.answered:
                yield hash(member_id)

    def peek(self, member_id: str) -> Selections | None:
        """Return the member if it exists now, without creating it."""
        return self._members.get(member_id)

    async def member(self, member_id: str) -> Selections:
        """Return the member, creating it at its first use.

        If many new members come at once, a new one waits in line for a moment. In that
        time those before it may turn out to play. Raises CrowdedError if too many
        unknown members came.
        """
        stream = self._found(member_id)
        if stream is not None:
            return stream
        end = self._clock.mono() + _HOLD_SECONDS
        async with self._line:
            while (stream := self._found(member_id)) is None:
                self._prove()
                mono = self._clock.mono()
                if self._newcomers.wait(mono) == 0 or mono >= end:
                    stream = self._members[member_id] = self._new(member_id, mono)
                    return stream
                await self._clock.sleep(_LOOK_SECONDS)
        return stream

    def _found(self, member_id: str) -> Selections | None:
        """Return the member if it exists or is known."""
        stream = self._members.get(member_id)
        if stream is None and hash(member_id) in self._known:
            stream = self._members[member_id] = self._make(member_id)
        return stream

    def _new(self, member_id: str, mono: float) -> Selections:
        if (wait := self._newcomers.wait(mono)) > 0:
            raise CrowdedError(
                f"too many new members of {self._name}: more than {self._per_minute} "
                "in a minute, none of which has played so far; see "
                "limits.new_members_per_minute",
                retry_after=wait,
            )
        stream = self._unproven[member_id] = self._make(member_id)
        self._newcomers = self._newcomers.came(mono)
        return stream

    def _prove(self) -> None:
        """Give back what members took from the bucket, once they have played."""
        proven = [each for each, stream in self._unproven.items() if stream.answered]
        for member_id in proven:
            del self._unproven[member_id]
            self._known[hash(member_id)] = True
        self._newcomers = self._newcomers.proved(self._clock.mono(), len(proven))

    def _left(self, member_id: str, stream: Selections) -> None:
        if stream.answered:
            self._known[hash(member_id)] = True
        self._tell_left(stream)


class _Leaving(LRUCache[str, Selections]):
    """Calls a function for each member that is dropped to make room."""

    def __init__(self, limit: int, left: Callable[[str, Selections], None]) -> None:
        super().__init__(limit)
        self._tell = left

    def popitem(self) -> tuple[str, Selections]:
        """Remove the least recently used member."""
        member_id, stream = super().popitem()
        self._tell(member_id, stream)
        return member_id, stream


class Streams:
    """All streams of the program, by name."""

    def __init__(
        self, streams: Mapping[str, Selections], families: Mapping[str, Family]
    ) -> None:
        self._streams = streams
        self._families = families

    @property
    def families(self) -> frozenset[str]:
        """The names of the families."""
        return frozenset(self._families)

    def find(self, name: str) -> Selections | None:
        """Return the stream with this name, if there is one."""
        return self._streams.get(name)

    def peek(self, family: str, member_id: str) -> Selections | None:
        """Return a member of a family if it exists now, without creating it."""
        return self._families[family].peek(member_id)

    async def member(self, family: str, member_id: str) -> Selections:
        """Return a member of a family; may raise CrowdedError."""
        return await self._families[family].member(member_id)
