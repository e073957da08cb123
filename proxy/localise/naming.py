"""One document's references -> local names, and what the catalog learns from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from proxy.core.hls import names
from proxy.core.hls.ids import name_id
from proxy.core.hls.playlist import Reference
from proxy.core.http import uri
from proxy.core.kind import Kind
from proxy.errors import BadAnswerError
from proxy.localise.catalog import ENTRY, MOST_REFUSED
from proxy.localise.folders import COMMON
from proxy.localise.listing import Resource, Sheet
from proxy.localise.local_paths import DATERANGE, REPORT, LocalPaths
from proxy.localise.place import Place

_MEDIA = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# What stands before the id of a file whose own name must not be seen.
_NAMELESS = "hidden"
_ABSOLUTE = ("http://", "https://")
# The entry, a rendition, an interstitial's ladder, one of its renditions.
_DEEPEST_PLAYLIST = 3


@dataclass(slots=True)
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


@dataclass(slots=True)
class Namer:
    """Gives the references of one document their local paths.

    `renditions` maps the URL of each rendition (without the token) to its slug; `known`
    is the catalog as it is; `root` the absolute local URL of the stream, for references
    that must be absolute; `canonicals` maps the same URLs to their canonical ones.
    """

    place: Place
    renditions: Mapping[str, str] = field(repr=False)
    known: Callable[[str], Resource | None]
    root: str
    canonicals: Mapping[str, str] = field(default_factory=dict, repr=False)
    _paths: LocalPaths = field(init=False, repr=False)
    _named: Named = field(default_factory=Named, init=False)

    def __post_init__(self) -> None:
        """Look at the references from this place."""
        self._paths = LocalPaths(self.place, self.renditions, self.canonicals)

    def __call__(self, reference: Reference) -> str:
        """Return the local reference, and remember what stands behind it."""
        if plain := self._plain_path(reference):
            self._learn(plain, reference.url, reference.kind)
            return self.place.reference(plain)
        path = self._paths.of(reference)
        if self.place.secrets:
            path = self._unseen(path, reference.lasting)
        if not self._is_known_better(reference, path):
            self._enter(path, reference.url, reference.kind)
        if reference.absolute:
            return self._absolute(path)
        return self.place.reference(path)

    def rendition(self, slug: str, url: str) -> str:
        """Return the local, absolute URL of a rendition that no tag lists: a clone."""
        path = self._checked(f"{slug}/{ENTRY}")
        self._enter(path, url, Kind.PLAYLIST)
        return self._absolute(path)

    def _unseen(self, path: str, url: str) -> str:
        """Return a path that shows no secret, nor a piece of one.

        Raises BadAnswerError for a rendition's, which is not named by its URL.
        """
        folder, _, name = path.rpartition("/")
        if name != ENTRY and self._names_secret(url):
            dot, extension = name.rpartition(".")[1:] if "." in name else ("", "")
            path = f"{folder}/{_NAMELESS}-{name_id(name)}{dot}{extension}"
        return self._checked(path)

    def _checked(self, path: str) -> str:
        if self.place.secrets.holds(path):
            raise BadAnswerError("it has names that are secrets of the stream")
        return path

    def _names_secret(self, url: str) -> bool:
        """Tell whether the file name is one, or the end of one."""
        holds, path = self.place.secrets.holds, uri.split(url).path
        folder, _, name = path.rpartition("/")
        return holds(name) or (holds(path) and not holds(folder))

    def _absolute(self, path: str) -> str:
        self._named.tied = True
        folder, slash, name = path.rpartition("/")
        return f"{self.root}/{folder}{self.place.suffix}{slash}{name}"

    def _enter(self, path: str, url: str, kind: Kind) -> None:
        """Remember what stands behind a path, unless it may not be asked for."""
        kept = self._kept(url)
        if kept is not None and self.place.allowed(kept):
            self._learn(path, kept, kind)
        elif len(self._named.refused) < MOST_REFUSED:
            origin = "" if kept is None else uri.origin(kept)
            shown = not self.place.secrets.holds(origin)
            self._named.refused[path] = origin if shown else ""

    def many(self, kind: Kind, written: list[str]) -> list[str]:
        """Return the local references of plain segments, parts, maps or keys.

        It comes to the same as one by one, the short way.
        """
        if kind is Kind.SEGMENT:
            return self.segments(written)
        if kind is Kind.ASSET_LIST:
            return list(map(self._asset_list, written))
        return self._alike(kind, written)

    def _asset_list(self, written: str) -> str:
        absolute = written.startswith(_ABSOLUTE)
        url = self._url(written)
        return self(Reference(url, Kind.ASSET_LIST, DATERANGE, {}, absolute, written))

    def segments(self, written: list[str]) -> list[str]:
        """Return the local references of plain segments.

        Nothing of a file beside the document is signed or stamped, and its name does
        not depend on where a redirect led.
        """
        plain = names.plain_names(images=self.place.folder.images)
        if self.place.beside is None or not plain.fullmatch("\n".join(written)):
            return self._alike(Kind.SEGMENT, written)
        urls = self._named.urls.setdefault(Kind.SEGMENT, {})
        folder = f"{self.place.folder.name}/"
        paths = [folder + name for name in written]
        urls.update(dict.fromkeys(paths, ""))
        here = self.place.here
        if here == folder:
            return paths
        return [here + name for name in written] if here else written

    def _alike(self, kind: Kind, written: list[str]) -> list[str]:
        """Name references at once where they are written alike."""
        place = self.place
        # One key opens many segments, one map as well; segments repeat seldom.
        repeated = kind is not Kind.SEGMENT
        each = list(dict.fromkeys(written)) if repeated else written
        below = place.resolver.directory
        all_ = [text if text.startswith(_ABSOLUTE) else below + text for text in each]
        named = place.shortcut.names_of(all_, kind)
        if named is None:
            return self._singly(kind, written)
        folder, here = self._folder_of(kind)
        paths = [folder + name for name in named]
        kept = all_
        if "?" not in all_[0] and place.beside:
            plain = [place.beside + name for name in named]
            kept = ["" if a == b else a for a, b in zip(all_, plain, strict=True)]
        urls = self._named.urls.setdefault(kind, {})
        new = dict(zip(paths, kept, strict=True))
        new_ones = urls.keys().isdisjoint(new)
        if len(new) < len(paths) or not (
            new_ones or all(urls.get(path, url) == url for path, url in new.items())
        ):
            return self._singly(kind, written)
        urls.update(new)
        local = [here + name for name in named]
        if len(each) == len(written):
            return local
        by_text = dict(zip(each, local, strict=True))
        return [by_text[text] for text in written]

    def _singly(self, kind: Kind, written: list[str]) -> list[str]:
        """Name references at plain URLs that have nothing in common."""
        folder, here = self._folder_of(kind)
        all_ = list(map(self._url, written))
        named = self.place.shortcut.names_each(all_, kind)
        local: list[str] = []
        for text, url, name in zip(written, all_, named, strict=True):
            if name is None:
                local.append(self(Reference(url, kind, written=text)))
                continue
            self._learn(folder + name, url, kind)
            local.append(here + name)
        return local

    def _url(self, written: str) -> str:
        """Return the URL of a plain reference."""
        below = self.place.resolver.directory
        return written if written.startswith(_ABSOLUTE) else below + written

    def _folder_of(self, kind: Kind) -> tuple[str, str]:
        """Return where such resources live, and what that is from the document."""
        place = self.place
        if kind is Kind.KEY:
            return f"{COMMON}/", place.reference(f"{COMMON}/")
        return f"{place.folder.name}/", place.here

    def turn(self) -> Named:
        """Return what was named since the last turn."""
        named, self._named = self._named, Named()
        place = self.place
        named.sheets = tuple(
            Sheet(kind, place.path, place.depth + 1, urls, place.beside or "")
            for kind, urls in named.urls.items()
        )
        return named

    def _plain_path(self, reference: Reference) -> str | None:
        """Return the path of a file beside the document, the short way."""
        beside, kind, url = self.place.beside, reference.kind, reference.url
        if beside is None or kind not in _MEDIA or not url.startswith(beside):
            return None
        folder = self.place.folder
        name = names.plain_name(url[len(beside) :], kind, images=folder.images)
        return name and f"{folder.name}/{name}"

    def _kept(self, url: str) -> str | None:
        """Return the URL as the catalog keeps it, None if it may not be asked for.

        An upstream that echoes our token into a URL of an origin that the token is
        not bound to does not get it there.
        """
        rule, token = self.place.marks.rule, self.place.token
        url = rule.blank(url)
        if not token.holds(url):
            return url
        url = rule.clean(url)
        return url if rule.reach.holds(url) or not token.holds(url) else None

    def _is_known_better(self, reference: Reference, path: str) -> bool:
        """Tell whether a playlist nearer the entry says where this playlist lies.

        A rendition report may lack the query without which the rendition is refused,
        and two playlists that name each other must not become each other's parents.
        """
        if reference.kind is not Kind.PLAYLIST:
            return False
        self._named.tied = True
        if reference.tag == REPORT and self._paths.lists(path):
            return True
        known = self.known(path)
        nearer = known is not None and known.depth <= self.place.depth
        return nearer or self.place.depth >= _DEEPEST_PLAYLIST

    def _learn(self, path: str, url: str, kind: Kind) -> None:
        beside = self.place.beside
        if beside is not None and url == beside + path.rpartition("/")[2]:
            url = ""
        urls = self._named.urls.setdefault(kind, {})
        self._named.clashes += urls.setdefault(path, url) != url
        urls[path] = url
