"""Where a document stands among the local paths, and upstream."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from proxy.core.hls.names import Base, Marks
from proxy.core.hls.signed import queries_of
from proxy.core.http import uri
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.folders import Folder, relative
from proxy.localise.shortcut import Shortcut

NOTHING = Recogniser()


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
    allowed: Callable[[str], bool] = field(repr=False)
    """The address policy, decided on the text of a URL."""
    secrets: Recogniser = field(default=NOTHING, repr=False)
    """Recognises what no player may see, if the document echoes any of it."""
    token: Recogniser = field(default=NOTHING, repr=False)
    """The same for the token alone, which is bound to its origins."""
    suffix: str = ""
    """What stands behind each folder, as players see it."""

    @cached_property
    def resolver(self) -> uri.Resolver:
        """What resolves the references in the document."""
        return uri.Resolver(self.url)

    @cached_property
    def here(self) -> str:
        """What stands before the names of its own folder in the document."""
        return self.reference(f"{self.folder.name}/")

    def reference(self, path: str) -> str:
        """Return how the document refers to a local path."""
        return relative(self.path, path, self.suffix)

    @cached_property
    def beside(self) -> str | None:
        """What the URLs of files beside the document begin with.

        None where their names need the long way: the path itself carries a token or
        a signature, or is written with dots, or the document echoes a secret.
        """
        marks, url = self.marks, self.resolver.directory
        signed = marks.rule.in_paths or marks.volatile.path or self.secrets
        if signed or not url or not self.allowed(url):
            return None
        canonical = self.base.canonical(marks.steady(f"{url}x"))
        return url if self.base.beside(canonical) == "x" else None

    @cached_property
    def shortcut(self) -> Shortcut:
        """The short way to the names of segments that are signed one by one."""
        # A document that echoes a secret needs a close look at every URL.
        queries = None if self.secrets else queries_of(self.marks)
        return Shortcut(self.base, self.marks, queries, self.folder, self.allowed)
