"""How long the first byte of a resource is waited for."""

from proxy.core.kind import Kind
from proxy.deadline import FIRST_BYTE_SECONDS, MEDIA_SECONDS

_MEDIA = frozenset({Kind.SEGMENT, Kind.MAP})
# The upstream holds these until they exist, or until it has asked other servers.
_WAITED_FOR = frozenset({Kind.PART, Kind.ASSET_LIST})


def seconds_for(kind: Kind) -> float:
    """Return how many seconds after a request the first byte must come."""
    return MEDIA_SECONDS if kind in _MEDIA else FIRST_BYTE_SECONDS


def is_waited_for(kind: Kind) -> bool:
    """Return whether the upstream may hold a resource back for as long as it likes."""
    return kind in _WAITED_FOR
