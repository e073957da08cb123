"""How long to wait for the first byte of a resource."""

from proxy.core.kind import Kind
from proxy.deadline import FIRST_BYTE_SECONDS, MEDIA_SECONDS

_MEDIA = frozenset({Kind.SEGMENT, Kind.MAP})
# The upstream may hold these: a part until it exists, an asset list until it has asked
# other servers.
_WAITED_FOR = frozenset({Kind.PART, Kind.ASSET_LIST})


def seconds_for(kind: Kind) -> float:
    """Return the timeout in seconds from the request to the first byte."""
    return MEDIA_SECONDS if kind in _MEDIA else FIRST_BYTE_SECONDS


def is_waited_for(kind: Kind) -> bool:
    """Return whether the upstream may hold back a resource for any time."""
    return kind in _WAITED_FOR
