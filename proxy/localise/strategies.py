"""How plain references get their local names: four strategies, in this order.

For all references of a run at once (`AT_ONCE`):

1. `beside_document`: files beside the document keep their names.
2. `written_alike`: URLs in one folder that differ in nothing but the file.

Then for each reference of the run:

3. `short_names`: only its query may be signed.
4. The full rule, `LocalPaths.of`: everything else.

The first three are faster ways to the names of the fourth. Only the fourth checks the
address and secrets of each URL; the others apply where the folder has been checked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from proxy.core.hls import names
from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import COMMON
from proxy.localise.local_paths import DATERANGE

_MEDIA = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
_ABSOLUTE = ("http://", "https://")


# Not frozen: one is made for each few new lines of a live playlist.
@dataclass(eq=False)
class PlainReferences:
    """Plain references of one kind in one document, as written.

    Each is absolute or is appended to the directory of the document.
    """

    place: DocumentPlace
    kind: Kind
    written: list[str]

    @cached_property
    def urls(self) -> list[str]:
        """The URL of each reference."""
        return self.urls_of(self.written)

    def urls_of(self, texts: Sequence[str]) -> list[str]:
        """Return the URLs of some of the references."""
        below = self.place.resolver.directory
        return [text if text.startswith(_ABSOLUTE) else below + text for text in texts]

    def distinct(self) -> list[str]:
        """Return the references once each, if some are the same."""
        # One key or map serves many segments; segments repeat seldom.
        if self.kind is Kind.SEGMENT:
            return self.written
        once = list(dict.fromkeys(self.written))
        return self.written if len(once) == len(self.written) else once

    @property
    def folder(self) -> str:
        """The local folder of the names, with a slash."""
        name = COMMON if self.kind is Kind.KEY else self.place.folder.name
        return f"{name}/"

    @property
    def here(self) -> str:
        """The same as seen from the document."""
        if self.kind is Kind.KEY:
            return self.place.reference(self.folder)
        return self.place.here

    def reference(self, url: str, text: str) -> Reference:
        """Return one of the references as the full rule needs it."""
        if self.kind is Kind.ASSET_LIST:
            absolute = text.startswith(_ABSOLUTE)
            return Reference(url, self.kind, DATERANGE, {}, absolute, text)
        return Reference(url, self.kind, written=text)


class RunNames(NamedTuple):
    """The names of all references of a run."""

    texts: list[str]
    """The references as written, each once if the run may repeat them."""
    names: list[str]
    urls: list[str] | None
    """The URLs as the catalog keeps them, empty for a file beside the document; None
    if all are such files."""

    def behind(self, paths: list[str]) -> dict[str, str] | None:
        """Return the URLs by their local paths; None if two of them share a path."""
        if self.urls is None:
            return dict.fromkeys(paths, "")
        found = dict(zip(paths, self.urls, strict=True))
        return found if len(found) == len(paths) else None


Strategy = Callable[[PlainReferences], RunNames | None]


def beside_document(run: PlainReferences) -> RunNames | None:
    """Name media files that all lie beside the document, and are called plainly.

    Nothing of them is signed, and a redirect does not change their names.
    """
    if run.place.beside is None or run.kind not in _MEDIA:
        return None
    plain = names.plain_names(run.kind, images=run.place.folder.images)
    if not plain.fullmatch("\n".join(run.written)):
        return None
    return RunNames(run.written, run.written, None)


def written_alike(run: PlainReferences) -> RunNames | None:
    """Name URLs that all lie in one folder, with one extension and the same query keys.

    Most platforms write signed segments like that.
    """
    if run.kind is Kind.ASSET_LIST:
        return None
    texts = run.distinct()
    urls = run.urls if texts is run.written else run.urls_of(texts)
    given = run.place.shortcut.names_of(urls, run.kind)
    if given is None:
        return None
    if "?" not in urls[0] and (beside := run.place.beside):
        plain = [beside + name for name in given]
        urls = ["" if a == b else a for a, b in zip(urls, plain, strict=True)]
    return RunNames(texts, given, urls)


AT_ONCE: tuple[Strategy, ...] = (beside_document, written_alike)
"""The strategies for a whole run, in the order in which they are tried."""


def short_names(run: PlainReferences) -> list[str | None]:
    """Return a name for each URL of which at most the query is signed.

    None for those that need the full rule. The folder of a name is that of the run.
    """
    if run.kind is Kind.ASSET_LIST:
        return [None] * len(run.written)
    return run.place.shortcut.names_each(run.urls, run.kind)


def plain_file(place: DocumentPlace, reference: Reference) -> str | None:
    """Return the name of a single file beside the document, as `beside_document`."""
    beside, kind, url = place.beside, reference.kind, reference.url
    if beside is None or kind not in _MEDIA or not url.startswith(beside):
        return None
    return names.plain_name(url[len(beside) :], kind, images=place.folder.images)
