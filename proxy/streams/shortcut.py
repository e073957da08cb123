"""The names of segments that are signed one by one, the short way.

It comes to the same as the long one, folder by folder instead of URL by URL, where
nothing but the query holds what is signed.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from proxy.core.hls import names
from proxy.core.hls.ids import name_id, name_ids
from proxy.core.kind import Kind
from proxy.streams.place import Place

_PROBE = "x"
# A pattern takes as long to compile as twenty segments take one by one, but `re`
# remembers it: the next version of the playlist finds it made.
_LEAST_RUN = 8


class Shortcut:
    """Names the segments of one document, those that it can."""

    def __init__(self, place: Place, allowed: Callable[[str], bool]) -> None:
        self._place = place
        self._allowed = allowed
        self._folders: dict[str, _Folder] = {}
        self._endings: dict[str, str] = {}
        self._ways: dict[tuple[str, str, str], re.Pattern[str]] = {}
        self._plain = names.plain_names(images=place.folder.images)

    def names_of(self, urls: Sequence[str]) -> list[str] | None:
        """Return the names of many segments at plain URLs, None for one by one.

        They have to lie in one folder and be written in one way, as a platform does.
        """
        if len(urls) < _LEAST_RUN or self._place.queries is None:
            return None
        address, mark, query = urls[0].partition("?")
        folder, _, file_name = address.rpartition("/")
        like = self._place.queries.like(query) if mark else ""
        known = self._folders.get(folder) or self._look_at(folder)
        if like is None or known.canonical is None:
            return None
        dot, extension = file_name.rpartition(".")[1:] if "." in file_name else ("", "")
        way = (folder, dot + extension, mark + like)
        pattern = self._ways.get(way) or self._ways.setdefault(way, _written(*way))
        found = pattern.findall("\n".join(urls))
        if len(found) != len(urls):
            return None
        if known.beside:
            files = [file_name for file_name, _ in found]
            return files if self._plain.fullmatch("\n".join(files)) else None
        begin, ending = known.canonical, self._ending(extension)
        ids = name_ids([begin + file_name for file_name, _ in found])
        return [
            f"{stem}-{id_}{ending}" for (_, stem), id_ in zip(found, ids, strict=True)
        ]

    def name_of(self, url: str) -> str | None:
        """Return the name of the segment at a plain URL, None for the long way."""
        address, mark, query = url.partition("?")
        if not mark:
            kept: str | None = ""
        elif self._place.queries is None:
            return None
        else:
            kept = self._place.queries.kept(query)
        folder, _, file_name = address.rpartition("/")
        known = self._folders.get(folder) or self._look_at(folder)
        if kept is None or known.canonical is None:
            return None
        if kept:
            return self._id_name(f"{known.canonical}{file_name}?{kept}", file_name)
        if known.beside:
            images = self._place.folder.images
            plain = names.plain_name(file_name, Kind.SEGMENT, images=images)
            if plain is not None:
                return plain
        return self._id_name(known.canonical + file_name, file_name)

    def _look_at(self, folder: str) -> "_Folder":
        place, probe = self._place, f"{folder}/{_PROBE}"
        if self._place.queries is None or not self._allowed(probe):
            found = _Folder(None)
        else:
            canonical = place.base.canonical(place.marks.steady(probe))
            beside = place.base.beside(canonical) == _PROBE
            found = _Folder(canonical.removesuffix(_PROBE), beside)
        self._folders[folder] = found
        return found

    def _id_name(self, canonical: str, file_name: str) -> str:
        stem, dot, extension = file_name.rpartition(".")
        if not dot:
            stem, extension = file_name, ""
        stem = names.stem_of(stem, Kind.SEGMENT)
        return f"{stem}-{name_id(canonical)}{self._ending(extension)}"

    def _ending(self, extension: str) -> str:
        ending = self._endings.get(extension)
        if ending is None:
            folder = self._place.folder
            ending = self._endings[extension] = names.ending_of(
                extension,
                Kind.SEGMENT,
                fallback=folder.extension,
                images=folder.images,
            )
        return ending


def _written(folder: str, ending: str, query: str) -> re.Pattern[str]:
    """Return what URLs of a folder match that are written in one way: file and stem.

    `query` is the pattern of what follows the file, question mark included.
    """
    file_name = rf"({names.PLAIN_STEM}{re.escape(ending)})"
    return re.compile(
        rf"^{re.escape(folder)}/{file_name}{query.replace('?', '[?]', 1)}$",
        re.MULTILINE,
    )


class _Folder(NamedTuple):
    """What the canonical URLs of an upstream folder's files share."""

    canonical: str | None
    """What they begin with; None if its files go the long way."""
    beside: bool = False
    """Whether the document itself lies there."""
