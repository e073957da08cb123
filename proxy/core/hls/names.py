"""The local names of resources, and the canonical URLs they are derived from.

A name only depends on the stream's configuration and the canonical upstream URL. It
does not depend on the token, time, position, process or replica. So it stays the same
after reloads, token rotation, re-signed URLs and restarts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from proxy.core.hls.ids import name_id
from proxy.core.http import uri
from proxy.core.http.uri_query import drop_query
from proxy.core.kind import Kind
from proxy.core.tokens.placing.placement import BLANK
from proxy.core.tokens.placing.rule import OPEN, Rule

# RFC 3986 section 2.3 without `~`: such a name never needs percent-encoding. With a
# limit of 64, a local path stays below 200 bytes.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_ID_NAME = re.compile(r".*-[a-z2-7]{12}(\.[^.]*)?")
# The extensions of segments if the upstream's own does not fit.
_FALLBACKS = ("ts", "mp4", "vtt")
_TWIN = re.compile(rf"(.*-[a-z2-7]{{12}})\.({'|'.join(_FALLBACKS)})")
_NOT_STEM = re.compile(r"[^A-Za-z0-9_-]")
_STEM_LENGTH = 32
PLAIN_STEM = rf"([A-Za-z0-9_-]{{1,{_STEM_LENGTH}}}+)[A-Za-z0-9_-]*+"
"""A stem that matches is used before an id unchanged. If it is longer, only the group
is used."""
# FFmpeg refuses a segment whose extension is not in this list of its 8.x releases
# (libavformat/hls.c, allowed_extensions), or does not fit the container.
_MEDIA = frozenset(
    {
        *("3gp", "aac", "ac3", "avi", "cmfa", "cmfv", "eac3", "ec3", "flac", "fmp4"),
        *("m4a", "m4s", "m4v", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpegts"),
        *("mpg", "oga", "ogg", "ogv", "ts", "vob", "vtt", "wav", "webvtt"),
    }
)
_IMAGES = frozenset({"jpg", "jpeg", "png", "webp"})
_MAPS = frozenset({"mp4", "m4s", "m4v", "m4a", "cmfv", "cmfa"})
# Extensions of files that browsers render or run are excluded, since a file may be
# saved and opened.
_SHORT = re.compile(r"(?!(?i:[xs]?html?|xht|xml|svgz?|m?js|css|hta)\Z)[A-Za-z0-9]{1,8}")

_STEMS: Mapping[Kind, str] = {
    Kind.SEGMENT: "seg",
    Kind.PART: "part",
    Kind.MAP: "map",
    Kind.KEY: "key",
    Kind.PLAYLIST: "list",
    Kind.ASSET_LIST: "list",
    Kind.STEERING: "steering",
}
_ANY_SHORT: Mapping[Kind, str] = {
    Kind.KEY: "bin",
    Kind.SESSION_DATA: "json",
    Kind.STEERING: "json",
    Kind.ASSET_LIST: "json",
}


@dataclass(frozen=True, slots=True)
class Volatile:
    """The parts of a platform's URLs that change while the resource stays the same."""

    query: frozenset[str] = frozenset()
    """Names of query parameters, in lower case."""
    path: tuple[re.Pattern[str], ...] = ()
    """Patterns for parts of the path that are new at every fetch, e.g. signatures."""

    def remove(self, url: str) -> str:
        """Return the URL without its volatile parts."""
        if self.query and "?" in url:
            url = drop_query(url, self.query)
        if self.path:
            parts = uri.split(url)
            path = parts.path
            for pattern in self.path:
                path = pattern.sub(BLANK, path)
            if path != parts.path:
                url = uri.join(parts._replace(path=path))
        return url


@dataclass(frozen=True)
class Marks:
    """The parts of a stream's URLs that do not identify a resource."""

    rule: Rule = OPEN
    volatile: Volatile = field(default_factory=Volatile)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The query parameters, in lower case, whose values no player may see."""
        return self.rule.hidden | self.volatile.query

    def written(self, reference: str) -> str:
        """Return a relative reference without token and volatile parts."""
        return self.volatile.remove(self.rule.unmarked(reference, ours=False))

    def steady(self, url: str) -> str:
        """Return the URL without token and volatile parts, its origin normalised."""
        return uri.normal(self.volatile.remove(self.rule.bare(url)))


@dataclass(frozen=True, slots=True)
class Base:
    """Where a playlist was read, and where it was requested; both are steady URLs.

    They differ after a redirect. A host that was only reached by redirect is volatile
    (edge7 today, edge9 tomorrow). So names of resources on it are derived from the
    requested URL.
    """

    read: str
    asked: str

    def canonical(self, steady: str) -> str:
        """Return the URL that names are derived from."""
        if self.read == self.asked or uri.origin(steady) != uri.origin(self.read):
            return steady
        here, there = uri.split(self.read).path, uri.split(steady)
        up, down = _way(here, there.path)
        above = up + 1 - (uri.split(self.asked).path or "/").count("/")
        # There is nothing above the root: without a mark, two URLs would become the
        # same. `./` prevents a colon in the first part from being read as a scheme.
        mark = f"{BLANK}{above}/" if above > 0 else "./"
        query = "" if there.query is None else f"?{there.query}"
        moved = uri.resolve(self.asked, f"{'../' * up}{mark}{down}{query}".encode())
        return steady if moved is None else moved[0]

    def beside(self, canonical: str) -> str | None:
        """Return the file name, if the URL is in the same folder as the playlist."""
        folder = self.asked.partition("?")[0].rpartition("/")[0] + "/"
        name = canonical.removeprefix(folder)
        return None if name == canonical or "/" in name else name


def _way(origin: str, target: str) -> tuple[int, str]:
    """Return the relative way between two paths: folders up, then the path down."""
    here, there = origin.split("/")[:-1], target.split("/")
    shared = 0
    for ours, theirs in zip(here, there[:-1], strict=False):
        if ours != theirs:
            break
        shared += 1
    return len(here) - shared, "/".join(there[shared:])


def plain_name(name: str | None, kind: Kind, *, images: bool) -> str | None:
    """Return the upstream's own file name, if it is suitable as a local name."""
    if name is None or not _PLAIN.fullmatch(name) or _ID_NAME.fullmatch(name):
        return None
    if name == "index.m3u8" or "." not in name:
        return None
    return name if _fits(name.rpartition(".")[2], kind, images=images) else None


def plain_names(kind: Kind = Kind.SEGMENT, *, images: bool = False) -> re.Pattern[str]:
    """Return a pattern for lines of names that `plain_name` leaves unchanged.

    The end of the last line is not part of the match.
    """
    if kind is Kind.MAP:
        return _PLAIN_MAPS
    return _PLAIN_IMAGES if images else _PLAIN_SEGMENTS


def _lines_with(extensions: Iterable[str]) -> re.Pattern[str]:
    ends = [
        rf"(?<=\.(?i:{'|'.join(same)}))(?<!-[a-z2-7]{{12}}.{{{length + 1}}})"
        for length, same in groupby(sorted(extensions, key=len), len)
    ]
    name = f"{_PLAIN.pattern}+(?:{'|'.join(ends)})"
    return re.compile(rf"{name}(?:\n{name})*+")


_PLAIN_SEGMENTS = _lines_with(_MEDIA)
_PLAIN_IMAGES = _lines_with(_MEDIA | _IMAGES)
_PLAIN_MAPS = _lines_with(_MAPS)


def id_name(canonical: str, kind: Kind, *, fallback: str, images: bool = False) -> str:
    """Return `{stem}-{id}.{ext}`; `fallback` is the extension if none fits."""
    file_name = uri.split(canonical).path.rpartition("/")[2]
    stem, dot, extension = file_name.rpartition(".")
    if not dot:
        stem, extension = file_name, ""
    return f"{stem_of(stem, kind)}-{name_id(canonical)}" + ending_of(
        extension, kind, fallback=fallback, images=images
    )


def twins(name: str) -> list[str]:
    """Return the names of the same segment if another playlist listed it.

    They differ in the extension.
    """
    found = _TWIN.fullmatch(name)
    if found is None:
        return []
    return [f"{found[1]}.{end}" for end in _FALLBACKS if end != found[2]]


def stem_of(stem: str, kind: Kind) -> str:
    """Return the text before an id, for a file with this stem upstream."""
    plain = _NOT_STEM.sub("-", stem)[:_STEM_LENGTH] if stem.strip(BLANK) else ""
    return plain or _STEMS.get(kind, "data")


def ending_of(extension: str, kind: Kind, *, fallback: str, images: bool) -> str:
    """Return the extension after an id, dot included: upstream's if it fits."""
    if not _fits(extension, kind, images=images):
        extension = _ANY_SHORT.get(kind, fallback)
    return f".{extension}" if extension else ""


def _fits(extension: str, kind: Kind, *, images: bool) -> bool:
    extension_of_media = extension.lower()
    if kind in {Kind.SEGMENT, Kind.PART}:
        allowed = _IMAGES | _MEDIA if images else _MEDIA
        return extension_of_media in allowed
    if kind is Kind.MAP:
        return extension_of_media in _MAPS
    if kind in {Kind.PLAYLIST, Kind.ENTRY}:
        return extension_of_media in {"m3u8", "m3u"}
    return _SHORT.fullmatch(extension) is not None
