"""Where a document is among the local paths, and upstream."""

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


@dataclass(frozen=True, kw_only=True)
class DocumentPlace:
    """Where a document is; its names depend on this.

    Derived values are computed once, when first needed.
    """

    path: str
    """The local path of the document."""
    depth: int
    """How many playlists are above it."""
    folder: Folder
    url: str = field(repr=False)
    """The URL that the document was read from, without a token."""
    base: Base
    marks: Marks
    allowed: Callable[[str], bool] = field(repr=False)
    """The address policy: returns whether a URL is allowed, judging by its text."""
    secrets: Recogniser = field(default=NOTHING, repr=False)
    """Recognises the secrets; empty unless the document contains any."""
    token: Recogniser = field(default=NOTHING, repr=False)
    """The same for the token alone, which may go only to its origins."""
    suffix: str = ""
    """Appended to each folder, as players see it."""

    @cached_property
    def resolver(self) -> uri.Resolver:
        """Resolves the references in the document."""
        return uri.Resolver(self.url)

    @cached_property
    def here(self) -> str:
        """The prefix of names in its own folder, as written in the document."""
        return self.reference(f"{self.folder.name}/")

    def reference(self, path: str) -> str:
        """Return the document's reference to a local path."""
        return relative(self.path, path, self.suffix)

    @cached_property
    def beside(self) -> str | None:
        """The URL prefix of files in the same directory as the document.

        None if their names cannot be made from it: the path contains a token or a
        signature, or is written with dots, or the document contains a secret.
        """
        marks, url = self.marks, self.resolver.directory
        signed = marks.rule.in_paths or marks.volatile.path or self.secrets
        if signed or not url or not self.allowed(url):
            return None
        canonical = self.base.canonical(marks.steady(f"{url}x"))
        return url if self.base.beside(canonical) == "x" else None

    @cached_property
    def shortcut(self) -> Shortcut:
        """A fast way to name segments that are signed one by one."""
        # If the document contains a secret, every URL must be checked closely.
        queries = None if self.secrets else queries_of(self.marks)
        return Shortcut(
            base=self.base,
            marks=self.marks,
            queries=queries,
            folder=self.folder,
            allowed=self.allowed,
        )
