"""A playlist as it came, with all that its local form depends on; and that form."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from proxy.core.hls.names import Base
from proxy.core.hls.playlist import Document, Rewritten
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.editions import Edition
from proxy.localise.folders import Folder
from proxy.localise.ladder import Ladder
from proxy.localise.listing import Listing


@dataclass(frozen=True, slots=True)
class Draft:
    """A playlist as it came, and all that its local form depends on."""

    path: str
    """Its local path."""
    depth: int
    body: bytes = field(repr=False)
    document: Document = field(repr=False)
    base: Base = field(repr=False)
    root: str
    secrets: Recogniser = field(repr=False)
    """Recognises what no player may see: all that the stream sends or is given."""
    token: Recogniser = field(repr=False)
    """The same for the token that it was fetched with."""
    folder: Folder | None
    """Where its resources live; None for the first version."""
    listed: Ladder
    """What it listed before, if it is a multivariant playlist."""
    siblings: Ladder
    """What its parent lists."""
    before: Edition = field(default_factory=Edition, repr=False)
    """The version before, which spares work and decides nothing."""


@dataclass(frozen=True, slots=True)
class Local:
    """A playlist in local terms, and what was learnt on the way."""

    facts: Rewritten = field(repr=False)
    folder: Folder
    listing: Listing = field(repr=False)
    """What it names."""
    ladder: Ladder | None
    """What it lists, if it is a multivariant playlist."""
    edition: Edition = field(repr=False)
    """What spares work for the next version."""
    clashes: int
    """Names that two URLs claim which differ in what is said to be volatile."""
    refused: Mapping[str, str]
    """Local path -> origin that the policy forbids: named, never known. Some of them.
    """
