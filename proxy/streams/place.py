"""Where a document stands among the local paths, and upstream."""

from dataclasses import dataclass, field

from proxy.core.hls.names import Base, Marks
from proxy.streams.folders import Folder


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: what its names are taken from."""

    path: str
    """The local path of the document."""
    depth: int
    """How many playlists stand above it."""
    folder: Folder
    url: str = field(repr=False)
    """Where the document was read, without a token."""
    base: Base
    marks: Marks
    root: str
    """The absolute local URL of the stream, for references that must be absolute."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The values of the token, if the document echoes any of them."""
