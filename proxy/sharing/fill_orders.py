"""What a fill should fetch, and how it continues after the head of the answer."""

from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.replies import MediaReply
from proxy.sharing.growing_body import Growing
from proxy.sharing.keeping import Shareable, Unshared
from proxy.store.key import Key
from proxy.store.port import Kept, Store, Writing

Open = Callable[[Fields], Awaitable[MediaReply | None]]
"""Requests a resource with these header fields. Returns None if it is a playlist."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Order:
    """A resource to fetch for all players that request it."""

    key: Key
    kind: Kind
    _: KW_ONLY
    keeps: bool = True
    """Whether it may be kept."""
    lasting: bool = False
    """Whether it may be kept on a disk too."""
    stale: Kept | None = None
    """The kept copy that is too old to be served, if there is one."""
    again: bool = False
    """Whether an earlier fill for the same players has failed."""
    ahead: bool = False
    """Whether it is fetched before a player requests it."""
    is_hinted: Callable[[], bool] = _never
    """Returns whether it is a part that may not exist yet, so the upstream holds it."""

    def begin(self, store: Store, key: Key, length: int | None) -> Writing | None:
        """Return a writing for what is fetched; None if there is no room for it."""
        is_key = self.kind is Kind.KEY
        return store.begin(key, length, lasting=self.lasting, private=is_key)


@dataclass(frozen=True, slots=True)
class Begun:
    """The bytes of the resource are coming, for all players."""

    shared: Shareable
    growing: Growing = field(repr=False)
    _: KW_ONLY
    length: int | None
    """The length in bytes, if the upstream sent it."""
    held: bool
    """Whether the upstream holds back the first byte."""
    asked_whole: bool
    """Whether the request was for the whole resource, so parts may be cut out of it."""


@dataclass(frozen=True, slots=True)
class StillValid:
    """The kept copy is still valid. `kept` is that copy with new times."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Found:
    """Another process has fetched the resource meanwhile."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Handed:
    """The answer is for one player only; see `Fill.take`."""

    unshared: Unshared


FillHead = Begun | StillValid | Found | Handed | None
"""How a fill continues after the head of the answer; None if it is a playlist."""
