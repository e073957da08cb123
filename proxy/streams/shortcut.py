"""The names of segments that are signed one by one, the short way.

It comes to the same as the long one, folder by folder instead of URL by URL, where
nothing but the query holds what is signed.
"""

from collections.abc import Callable

from proxy.core import names
from proxy.core.kind import Kind
from proxy.core.signed import queries_of
from proxy.streams.place import Place

_PROBE = "x"


class Shortcut:
    """Names the segments of one document, those that it can."""

    def __init__(self, place: Place, allowed: Callable[[str], bool]) -> None:
        self._place = place
        self._allowed = allowed
        # A document that echoes the token needs a close look at every URL.
        self._queries = None if place.secrets else queries_of(place.marks)
        self._folders: dict[str, str | None] = {}
        self._endings: dict[str, str] = {}

    def name_of(self, url: str) -> str | None:
        """Return the name of the segment at a plain URL, None for the long way."""
        address, mark, query = url.partition("?")
        kept = self._kept(query) if mark else ""
        folder, _, file_name = address.rpartition("/")
        if folder not in self._folders:
            self._folders[folder] = self._canonical(folder)
        canonical = self._folders[folder]
        if kept is None or canonical is None:
            return None
        canonical += f"{file_name}?{kept}" if kept else file_name
        plain = None if kept else self._plain_name(canonical)
        return plain or self._id_name(canonical, file_name)

    def _kept(self, query: str) -> str | None:
        return self._queries.kept(query) if self._queries else None

    def _canonical(self, folder: str) -> str | None:
        """Return what the canonical URLs of a folder's files begin with."""
        place, probe = self._place, f"{folder}/{_PROBE}"
        if self._queries is None or not self._allowed(probe):
            return None
        return place.base.canonical(place.marks.steady(probe)).removesuffix(_PROBE)

    def _plain_name(self, canonical: str) -> str | None:
        beside = self._place.base.beside(canonical)
        images = self._place.folder.images
        return names.plain_name(beside, Kind.SEGMENT, images=images)

    def _id_name(self, canonical: str, file_name: str) -> str:
        stem, dot, extension = file_name.rpartition(".")
        if not dot:
            stem, extension = file_name, ""
        if extension not in self._endings:
            self._endings[extension] = names.ending_of(
                extension,
                Kind.SEGMENT,
                fallback=self._place.folder.extension,
                images=self._place.folder.images,
            )
        stem = names.stem_of(stem, Kind.SEGMENT)
        return f"{stem}-{names.name_id(canonical)}{self._endings[extension]}"
