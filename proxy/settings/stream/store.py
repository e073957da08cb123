"""`store`: whether the resources of a stream are kept."""

from typing import Literal

from proxy.settings.values.table import Amount, Table


class StreamStoreSettings(Table):
    """What is kept of a stream, and who decides for how long."""

    keep: bool = True
    """Whether resources are kept, and fetched once for all players."""
    trust: Literal["headers", "playlist"] = "headers"
    """Whether the upstream's header fields or its playlists say how long media is good.
    """
    ahead: Amount | None = None
    """How many segments are fetched before a player asks for them. None: those of 12 s,
    at least 2; but 0 if each request for the entry costs a token."""
    ahead_bytes: Amount = 16 * 1024 * 1024
    """The most bytes that are fetched ahead of a player."""
