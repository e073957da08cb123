"""Where a document stands among the local paths, and upstream."""

from dataclasses import dataclass, field
from functools import cached_property

from proxy.core.hls.names import Base, Marks
from proxy.core.hls.signed import Queries, queries_of
from proxy.core.http import uri
from proxy.streams.folders import Folder, relative


@dataclass(frozen=True)
class Place:
    """Where a document stands: what its names are taken from.

    What follows from that is found out once, when it is first needed.
    """

    path: str
    """The local path of the document."""
    depth: int
    """How many playlists stand above it."""
    folder: Folder
    url: str = field(repr=False)
    """Where the document was read, without a token."""
    base: Base
    marks: Marks
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The values of the token, if the document echoes any of them."""

    @cached_property
    def below(self) -> str:
        """What plain references in the document are appended to, empty if nothing."""
        return uri.Resolver(self.url).directory

    @cached_property
    def here(self) -> str:
        """What stands before the names of its own folder in the document."""
        return relative(self.path, f"{self.folder.name}/")

    @cached_property
    def queries(self) -> Queries | None:
        """The short way to segments that are signed one by one, if there is one.

        A document that echoes the token needs a close look at every URL.
        """
        return None if self.secrets else queries_of(self.marks)
