"""What was named in a stretch of a document, as it is written down."""

from dataclasses import dataclass, field

from proxy.core.kind import Kind
from proxy.localise.catalog import MOST_REFUSED
from proxy.localise.listing import Sheet


@dataclass(slots=True, kw_only=True)
class Named:
    """What was named in a stretch of a document."""

    urls: dict[Kind, dict[str, str]] = field(default_factory=dict, repr=False)
    """Local path -> URL, by kind; empty for a file beside the document."""
    sheets: tuple[Sheet, ...] = ()
    """The same for the catalog."""
    clashes: int = 0
    """Names that two URLs claim which differ in what is said to be volatile."""
    refused: dict[str, str] = field(default_factory=dict)
    """Local path -> origin that the policy forbids: named, never known. Some of them;
    an empty origin is no matter of the policy."""
    tied: bool = False
    """Whether more than the place of the document counted: what the catalog knew, or
    where the player sees the proxy."""

    def learn(self, kind: Kind, path: str, url: str) -> None:
        """Add one path, and count it if it stood for another URL."""
        urls = self.urls.setdefault(kind, {})
        self.clashes += urls.setdefault(path, url) != url
        urls[path] = url

    def learn_all(self, kind: Kind, new: dict[str, str]) -> bool:
        """Add many paths at once: all, or none if one stands for another URL.

        Takes the mapping over.
        """
        urls = self.urls.get(kind)
        if not urls:
            self.urls[kind] = new
            return True
        if not urls.keys().isdisjoint(new.keys()) and any(
            urls.get(path, url) != url for path, url in new.items()
        ):
            return False
        urls.update(new)
        return True

    def refuse(self, path: str, origin: str) -> None:
        """Add a path that stands for nothing, unless there are enough of them."""
        if len(self.refused) < MOST_REFUSED:
            self.refused[path] = origin
