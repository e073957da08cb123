"""`store`: whether the resources of a stream are kept."""

from typing import Literal

from proxy.settings.values.table import Table


class StreamStoreSettings(Table):
    """What is kept of a stream, and who decides for how long."""

    keep: bool = True
    """Whether resources are kept, and fetched once for all players."""
    trust: Literal["headers", "playlist"] = "headers"
    """Whether the upstream's header fields or its playlists say how long media is good.
    """
