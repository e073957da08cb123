"""The names of segments that are signed one by one, the short way.

It comes to the same as the long one, folder by folder instead of URL by URL, where
nothing but the query holds what is signed.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import NamedTuple

from proxy.core.hls import names
from proxy.core.hls.ids import name_ids
from proxy.core.hls.names import Base, Marks
from proxy.core.hls.signed import Queries
from proxy.core.http import uri
from proxy.core.kind import Kind
from proxy.localise.folders import Folder

_PROBE = "x"
# A pattern takes as long to compile as twenty segments take one by one.
_LEAST_RUN = 8
# Folders of an upstream that are remembered: one is usual, one for each hour is met.
_MOST = 100


class _Folder(NamedTuple):
    """What the canonical URLs of an upstream folder's files share."""

    canonical: str | None
    """What they begin with; None if its files go the long way."""
    beside: bool = False
    """Whether the document itself lies there."""


class _Way(NamedTuple):
    """One way of writing segments."""

    written: re.Pattern[str]
    """Finds the file and its stem in each URL that is written so."""
    folder: _Folder
    ending: str


class Shortcut:
    """Names the segments of documents that stand at one place, those that it can."""

    def __init__(
        self,
        *,
        base: Base,
        marks: Marks,
        queries: Queries | None,
        folder: Folder,
        allowed: Callable[[str], bool],
    ) -> None:
        self._base = base
        self._marks = marks
        self._queries = queries
        self._folder = folder
        self._allowed = allowed
        # What was found out, for the versions to come.
        self._folders: dict[str, _Folder] = {}
        self._ways: dict[Kind, _Way] = {}

    def names_of(
        self, urls: Sequence[str], kind: Kind = Kind.SEGMENT
    ) -> list[str] | None:
        """Return the names of many resources at plain URLs, None for one by one.

        They have to lie in one folder and be written in one way, as a platform does.
        """
        if len(urls) < _LEAST_RUN:
            return None
        text, way = "\n".join(urls), self._ways.get(kind)
        found = way.written.findall(text) if way else []
        if len(found) != len(urls):
            way = self._way_of(urls[0], kind)
            found = way.written.findall(text) if way else []
        if way is None or len(found) != len(urls):
            return None
        self._ways[kind] = way
        begin, beside = way.folder
        if beside and kind is not Kind.KEY:
            plain = names.plain_names(kind, images=self._folder.images)
            files = [file_name for file_name, _ in found]
            return files if plain.fullmatch("\n".join(files)) else None
        ids = name_ids([f"{begin}{file_name}" for file_name, _ in found])
        return [
            f"{stem}-{id_}{way.ending}"
            for (_, stem), id_ in zip(found, ids, strict=True)
        ]

    def name_of(self, url: str, kind: Kind = Kind.SEGMENT) -> str | None:
        """Return the name of the resource at a plain URL, None for the long way."""
        return self.names_each([url], kind)[0]

    def names_each(
        self, urls: Sequence[str], kind: Kind = Kind.SEGMENT
    ) -> list[str | None]:
        """Return the names of resources at plain URLs, None for each long way.

        They may lie anywhere; nothing but their ids is worked out at once.
        """
        found: list[str | None] = []
        stems, canonicals, endings = list[str](), list[str](), list[str]()
        ending_of = cache(partial(self._ending, kind=kind))
        for url in urls:
            canonical, file_name, plain = self._meant(url, kind)
            found.append(plain)
            if canonical is not None and plain is None:
                stem, dot, extension = file_name.rpartition(".")
                if not dot:
                    stem, extension = file_name, ""
                found[-1] = ""
                stems.append(names.stem_of(stem, kind))
                canonicals.append(canonical)
                endings.append(ending_of(extension))
        ids = name_ids(canonicals) if canonicals else []
        made = map("{}-{}{}".format, stems, ids, endings)
        return [next(made) if name == "" else name for name in found]

    def _meant(self, url: str, kind: Kind) -> tuple[str | None, str, str | None]:
        """Return the canonical URL, the file name, and that if it is the name itself.

        Neither URL nor name for the long way.
        """
        address, mark, query = url.partition("?")
        folder, _, file_name = address.rpartition("/")
        kept: str | None = ""
        if mark:
            kept = self._queries.kept(query) if self._queries else None
        known = self._known(folder)
        if kept is None or known.canonical is None:
            return None, file_name, None
        if kept:
            return f"{known.canonical}{file_name}?{kept}", file_name, None
        plain = None
        if known.beside and kind is not Kind.KEY:
            images = self._folder.images
            plain = names.plain_name(file_name, kind, images=images)
        return known.canonical + file_name, file_name, plain

    def _way_of(self, url: str, kind: Kind) -> _Way | None:
        """Return the way in which a URL is written, None for the long way."""
        address, mark, query = url.partition("?")
        folder, _, file_name = address.rpartition("/")
        known = self._known(folder)
        if known.canonical is None or self._queries is None:
            return None
        like = self._queries.like(query) if mark else ""
        if like is None:
            return None
        dot, extension = file_name.rpartition(".")[1:] if "." in file_name else ("", "")
        written = _written(folder, dot + extension, f"[?]{like}" if mark else "")
        return _Way(written, known, self._ending(extension, kind))

    def _known(self, folder: str) -> _Folder:
        known = self._folders.get(folder)
        if known is None:
            if len(self._folders) >= _MOST:
                self._folders.clear()
            known = self._folders[folder] = self._look_at(folder)
        return known

    def _look_at(self, folder: str) -> _Folder:
        probe = f"{folder}/{_PROBE}"
        if self._queries is None or not self._allowed(probe):
            return _Folder(None)
        # There is no query, and nothing else that the marks would change.
        canonical = self._base.canonical(uri.normal(probe))
        beside = self._base.beside(canonical) == _PROBE
        return _Folder(canonical.removesuffix(_PROBE), beside)

    def _ending(self, extension: str, kind: Kind) -> str:
        local = self._folder
        fallback = "mp4" if kind is Kind.MAP else local.extension
        return names.ending_of(extension, kind, fallback=fallback, images=local.images)


def _written(folder: str, ending: str, query: str) -> re.Pattern[str]:
    """Return what URLs of a folder match that are written in one way: file and stem.

    `query` is the pattern of what follows the file.
    """
    file_name = rf"({names.PLAIN_STEM}{re.escape(ending)})"
    return re.compile(rf"^{re.escape(folder)}/{file_name}{query}$", re.MULTILINE)
