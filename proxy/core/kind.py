"""The kinds of resources behind local names.

The tag in which a reference appears determines its kind.
"""

from enum import StrEnum


class Kind(StrEnum):
    """The kind of thing behind a name; the label `role` in metrics."""

    ENTRY = "entry"
    """The entry playlist of a stream."""
    PLAYLIST = "playlist"
    """Any other playlist."""
    SEGMENT = "segment"
    """A media segment: a URI line of a media playlist, a prefetch."""
    PART = "part"
    """A partial segment, or a preload hint for one."""
    MAP = "map"
    """An init section (EXT-X-MAP)."""
    KEY = "key"
    """A decryption key of 16 or 32 bytes."""
    SESSION_DATA = "session-data"
    """A document of EXT-X-SESSION-DATA, passed on unchanged."""
    STEERING = "steering"
    """A content steering manifest (JSON)."""
    ASSET_LIST = "asset-list"
    """A list of interstitial assets (JSON)."""
    OTHER = "other"
    """Known only from its response: X-URI of a DATERANGE, URI of a vendor's tag."""
