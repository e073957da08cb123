"""The local names of resources, and the canonical URL they are taken from.

A name is a pure function of the stream's configuration and the canonical upstream URL:
no token, time, position, process or replica enters it, so it stays the same over
reloads, token rotation, re-signed URLs and restarts.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

from proxy.core.hls.ids import name_id
from proxy.core.http import uri
from proxy.core.kind import Kind
from proxy.core.tokens.placing.placement import BLANK
from proxy.core.tokens.placing.rule import OPEN, Rule

# RFC 3986 section 2.3 less `~`: such a name never needs percent-encoding. With a
# limit of 64 a local path stays below 200 bytes.
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_ID_NAME = re.compile(r".*-[a-z2-7]{12}(\.[^.]*)?")
# What segments are called where upstream's own extension does not fit.
_FALLBACKS = ("ts", "mp4", "vtt")
_TWIN = re.compile(rf"(.*-[a-z2-7]{{12}})\.({'|'.join(_FALLBACKS)})")
_NOT_STEM = re.compile(r"[^A-Za-z0-9_-]")
_STEM_LENGTH = 32
PLAIN_STEM = rf"([A-Za-z0-9_-]{{1,{_STEM_LENGTH}}}+)[A-Za-z0-9_-]*+"
"""What matches it stands before an id as it is; of a longer one, the group."""
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
# Not those of what browsers render or run, however it is saved or opened.
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
    """The parts of a platform's URLs that change although the resource does not."""

    query: frozenset[str] = frozenset()
    """Names of query parameters, in lower case."""
    path: tuple[re.Pattern[str], ...] = ()
    """What these match in the path is signed or counted anew at every fetch."""

    def remove(self, url: str) -> str:
        """Return the URL without its volatile parts."""
        if self.query and "?" in url:
            url = uri.drop_query(url, self.query)
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
    """What of a stream's URLs says nothing about which resource is meant."""

    rule: Rule = OPEN
    volatile: Volatile = field(default_factory=Volatile)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The query parameters, in lower case, whose value no player may see."""
        return self.rule.hidden | self.volatile.query

    def written(self, reference: str) -> str:
        """Return a relative reference without token and volatile parts."""
        return self.volatile.remove(self.rule.unmarked(reference, ours=False))

    def steady(self, url: str) -> str:
        """Return the URL without token, volatile parts and spelling of the origin."""
        return uri.normal(self.volatile.remove(self.rule.bare(url)))


@dataclass(frozen=True, slots=True)
class Base:
    """Where a playlist was read, and where it was asked for: both steady URLs.

    They differ after a redirect. A host that was reached only by redirect is volatile
    (edge7 today, edge9 tomorrow): what lies on it is named from where was asked.
    """

    read: str
    asked: str

    def canonical(self, steady: str) -> str:
        """Return the URL that names are taken from."""
        if self.read == self.asked or uri.origin(steady) != uri.origin(self.read):
            return steady
        here, there = uri.split(self.read).path, uri.split(steady)
        up, down = _way(here, there.path)
        above = up + 1 - (uri.split(self.asked).path or "/").count("/")
        # Above the root there is nothing: without a mark two URLs would become one.
        # `./` keeps a colon in the first part from reading as a scheme.
        mark = f"{BLANK}{above}/" if above > 0 else "./"
        query = "" if there.query is None else f"?{there.query}"
        moved = uri.resolve(self.asked, f"{'../' * up}{mark}{down}{query}".encode())
        return steady if moved is None else moved[0]

    def beside(self, canonical: str) -> str | None:
        """Return the file name, if the URL lies directly beside the playlist."""
        folder = self.asked.partition("?")[0].rpartition("/")[0] + "/"
        name = canonical.removeprefix(folder)
        return None if name == canonical or "/" in name else name


def _way(origin: str, target: str) -> tuple[int, str]:
    """Return how many folders up and then where a path leads to another one."""
    here, there = origin.split("/")[:-1], target.split("/")
    shared = 0
    for ours, theirs in zip(here, there[:-1], strict=False):
        if ours != theirs:
            break
        shared += 1
    return len(here) - shared, "/".join(there[shared:])


def plain_name(name: str | None, kind: Kind, *, images: bool) -> str | None:
    """Return the upstream's own file name, if it can stand as a local name."""
    if name is None or not _PLAIN.fullmatch(name) or _ID_NAME.fullmatch(name):
        return None
    if name == "index.m3u8" or "." not in name:
        return None
    return name if _fits(name.rpartition(".")[2], kind, images=images) else None


def plain_names(kind: Kind = Kind.SEGMENT, *, images: bool = False) -> re.Pattern[str]:
    """Return what lines of names match that `plain_name` leaves all as they are.

    Without the last line's end.
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
    """Return `{stem}-{id}.{ext}`; `fallback` is the extension where none fits."""
    file_name = uri.split(canonical).path.rpartition("/")[2]
    stem, dot, extension = file_name.rpartition(".")
    if not dot:
        stem, extension = file_name, ""
    return f"{stem_of(stem, kind)}-{name_id(canonical)}" + ending_of(
        extension, kind, fallback=fallback, images=images
    )


def twins(name: str) -> list[str]:
    """Return which names the same segment may have with another playlist before it."""
    found = _TWIN.fullmatch(name)
    if found is None:
        return []
    return [f"{found[1]}.{end}" for end in _FALLBACKS if end != found[2]]


def stem_of(stem: str, kind: Kind) -> str:
    """Return what stands before an id, for a file that is called so upstream."""
    plain = _NOT_STEM.sub("-", stem)[:_STEM_LENGTH] if stem.strip(BLANK) else ""
    return plain or _STEMS.get(kind, "data")


def ending_of(extension: str, kind: Kind, *, fallback: str, images: bool) -> str:
    """Return the extension behind an id, dot included: upstream's where it fits."""
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
