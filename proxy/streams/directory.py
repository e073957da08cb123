"""Which streams there are: those configured one by one, and the members of families."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.errors import CrowdedError
from proxy.streams.newcomers import Newcomers
from proxy.streams.selections import Selections

# Members that gave way and are known when they come back, for each that is kept.
_KNOWN = 10
# Players that all come back at once have answers within this, and others their turn.
_HOLD_SECONDS, _LOOK_SECONDS = 2.0, 0.05


class Family:
    """Streams that differ in nothing but an id: one URL template, one token per id.

    A member is known once a player was answered with something of it. Of the others,
    `new_per_minute` may be made.
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
        """`left` is told of each member that gives way to another.

        What played in the family `before` this one is known here too.
        """
        self._name = name
        self._make = make
        self._tell_left = left
        self._clock = clock
        self._per_minute = new_per_minute
        # A member that was dropped in use is found again: names are deterministic.
        self._members: LRUCache[str, Selections] = _Leaving(limit, self._left)
        self._known: LRUCache[int, bool] = LRUCache(limit * _KNOWN)
        if before is not None:
            self._known.update(dict.fromkeys(before.known(), True))
        self._line = asyncio.Lock()
        self._newcomers = Newcomers.of(new_per_minute, mono=clock.mono())
        # Those that took from the bucket: others would give back what they never took.
        self._unproven: LRUCache[str, Selections] = LRUCache(self._newcomers.burst)

    def __len__(self) -> int:
        return len(self._members)

    def known(self) -> Iterator[int]:
        """Yield the hashes of ids that a player was answered with something of."""
        yield from self._known
        for member_id, stream in self._members.items():
            if stream.answered:
                yield hash(member_id)

    def peek(self, member_id: str) -> Selections | None:
        """Return the member if there is one now."""
        return self._members.get(member_id)

    async def member(self, member_id: str) -> Selections:
        """Return the member, made at its first use.

        A new one among many waits in line for a moment, in which those before it may
        turn out to play. Raises CrowdedError when too many came that nobody knows.
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
        """Return the member if it is one already, or is known."""
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
        """Give back what those took that turned out to be members."""
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
    """Tells of those that give way."""

    def __init__(self, limit: int, left: Callable[[str, Selections], None]) -> None:
        super().__init__(limit)
        self._tell = left

    def popitem(self) -> tuple[str, Selections]:
        """Remove the one that was asked for longest ago."""
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
        """Return the stream of that name, if there is one."""
        return self._streams.get(name)

    async def member(self, family: str, member_id: str) -> Selections:
        """Return a member of a family; may raise CrowdedError."""
        return await self._families[family].member(member_id)
