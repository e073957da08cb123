"""The input and output of the localiser: an upstream playlist and its local form."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls.names import Base
from proxy.core.hls.playlist import Document, Rewritten
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.editions import Edition
from proxy.localise.folders import Folder
from proxy.localise.ladder import Ladder
from proxy.localise.listing import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A playlist as received, and everything that its local form depends on."""

    path: str
    """Its local path."""
    depth: int
    body: bytes = field(repr=False)
    document: Document = field(repr=False)
    base: Base = field(repr=False)
    root: str
    secrets: Recogniser = field(repr=False)
    """Recognises the secrets that no player may see: all that the stream sends or gets.
    """
    token: Recogniser = field(repr=False)
    """The same, for the token that the playlist was fetched with."""
    folder: Folder | None
    """The folder of its resources; None for the first version."""
    listed: Ladder
    """What its last version listed, if it is a multivariant playlist."""
    siblings: Ladder
    """What its parent lists."""
    before: Edition = field(default_factory=Edition, repr=False)
    """The previous version, which saves work and does not affect the result."""


@dataclass(frozen=True, slots=True)
class Local:
    """A rewritten playlist, and what was learnt from it."""

    facts: Rewritten = field(repr=False)
    folder: Folder
    _: KW_ONLY
    listing: Listing = field(repr=False)
    """The local names in the playlist."""
    ladder: Ladder | None
    """The renditions it lists, if it is a multivariant playlist."""
    edition: Edition = field(repr=False)
    """What saves work for the next version."""
    clashes: int
    """How many names are shared by URLs that differ only in parts declared volatile."""
    refused: Mapping[str, str]
    """Local path -> origin that the address policy forbids. Contains only some. These
    paths appear in the playlist but do not enter the catalog."""
