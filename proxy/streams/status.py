"""The state of a stream and of the store, for the program's pages and the metrics."""

from dataclasses import KW_ONLY, dataclass

from proxy.sharing.store_counts import StoreUse


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """The state of a stream or family, for the program's pages and the metrics."""

    name: str
    _: KW_ONLY
    family: bool = False
    members: int = 0
    """How many members of a family are in use."""
    token_seconds_left: float | None = None
    """None if it needs no token, has none, or does not know when it expires."""
    token_usable: bool | None = None
    """None if it needs no token."""
    token_cold: bool = False
    """Whether nobody plays, so the token is not kept fresh and may have expired. The
    next player waits for a new one; this is not a fault."""
    renditions: int = 0
    names: int = 0
    """How many names its catalog knows."""
    last_problem: str | None = None
    """One word for the last problem; None after the next success."""
    store: StoreUse | None = None
    """What the store did for it; None if nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """What the store holds, for the program's pages."""

    bytes: int
    budget_bytes: int
    entries: int
    evictions: int
    _: KW_ONLY
    shared: bool = False
    """Whether all workers use what one of them has fetched."""
