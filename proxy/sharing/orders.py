"""What a fill is to fetch, and how it goes on once the head of the answer is there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.replies import MediaReply
from proxy.sharing.growing import Growing
from proxy.sharing.keeping import Shareable, Unshared
from proxy.store.key import Key
from proxy.store.port import Kept

Open = Callable[[Fields], Awaitable[MediaReply | None]]
"""Asks upstream for a resource with these fields; returns None for a playlist."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Order:
    """A resource to be fetched for all who ask for it."""

    key: Key
    kind: Kind
    keeps: bool = True
    """Whether it may be kept."""
    lasting: bool = False
    """Whether it may be kept on a disk too."""
    stale: Kept | None = None
    """What is kept already, if it is too old to be served."""
    again: bool = False
    """Whether an earlier fill for the same players has failed."""
    ahead: bool = False
    """Whether it is fetched before anybody asks for it."""
    is_hinted: Callable[[], bool] = _never
    """Returns whether it is a part that may not exist yet, so the upstream holds it."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A resource whose bytes are coming, for all."""

    shared: Shareable
    growing: Growing = field(repr=False)
    length: int | None
    """Its length in bytes, if the upstream sent it."""
    held: bool
    """Whether the upstream holds back the first byte."""
    asked_whole: bool
    """Whether it was asked for all of it, so that parts may be cut out."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What was kept is still good."""

    kept: Kept


@dataclass(frozen=True, slots=True)
class Handed:
    """The answer is for one only; see `Fill.take`."""

    unshared: Unshared


Head = Begun | Confirmed | Handed | None
"""How a fill goes on after the head of the answer; None: it is a playlist."""
