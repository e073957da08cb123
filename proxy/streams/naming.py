"""One document's references -> local names, and what the catalog learns from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.core import names, uri
from proxy.core.kind import Kind
from proxy.core.names import Base, Marks
from proxy.core.playlist import Reference
from proxy.core.rule import gives_away
from proxy.streams.catalog import ENTRY, Resource
from proxy.streams.folders import COMMON, Folder, relative

# What belongs to the stream, not to one rendition: a SESSION-KEY preloads only if its
# URI equals that of the later KEY (RFC 8216bis section 4.4.6.5).
_STREAM_WIDE = frozenset({Kind.KEY, Kind.SESSION_DATA, Kind.STEERING})
_MEDIA = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
_REPORT = "EXT-X-RENDITION-REPORT"
_DATERANGE = "EXT-X-DATERANGE"
# The entry, a rendition, an interstitial's ladder, one of its renditions.
_DEEPEST_PLAYLIST = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document stands: what its names are taken from."""

    path: str
    """The local path of the document."""
    depth: int
    """How many playlists stand above it."""
    folder: Folder
    url: str = field(repr=False)
    """Where the document was read, without a token."""
    base: Base
    marks: Marks
    root: str
    """The absolute local URL of the stream, for references that must be absolute."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The values of the token, if the document echoes any of them."""


@dataclass(slots=True)
class Namer:
    """Gives the references of one document their local paths.

    `renditions` maps the URL of each rendition (without the token) to its slug;
    `allowed` is the address policy, decided on the text of the URL; `known` is the
    catalog as it is.
    """

    place: Place
    renditions: Mapping[str, str] = field(repr=False)
    allowed: Callable[[str], bool]
    known: Callable[[str], Resource | None]
    found: dict[str, Resource] = field(default_factory=dict)
    clashes: int = 0
    """Names that two URLs claim which differ in what is said to be volatile."""
    refused: int = 0
    """References to addresses that the policy forbids: named, never known."""

    _beside: str | None = field(init=False, repr=False)
    _here: str = field(init=False)

    def __post_init__(self) -> None:
        """Find out once what nearly every segment shares."""
        self._beside = self._directory()
        self._here = relative(self.place.path, f"{self.place.folder.name}/")

    def __call__(self, reference: Reference) -> str | None:
        """Return the local reference, and remember what stands behind it."""
        return self._plain(reference) or self._named(reference)

    def _plain(self, reference: Reference) -> str | None:
        """Return the name of a file beside the document, the short way.

        It comes to the same as the long one, much cheaper: nothing of such a URL is
        signed or stamped, and its name does not depend on where a redirect led.
        """
        beside, kind, url = self._beside, reference.kind, reference.url
        if beside is None or kind not in _MEDIA or not url.startswith(beside):
            return None
        images = self.place.folder.images
        name = names.plain_name(url[len(beside) :], kind, images=images)
        if name is None:
            return None
        self._learn(f"{self.place.folder.name}/{name}", url, kind)
        return self._here + name

    def _directory(self) -> str | None:
        """Return what the URLs of files beside the document begin with.

        None where their names need the long way: the path itself carries a token or
        a signature, or the document echoes the token.
        """
        place, parts = self.place, uri.split(self.place.url)
        marks = place.marks
        signed = marks.rule.in_paths or marks.volatile.path or place.secrets
        if signed or not parts.path:
            return None
        folder = parts.path.rpartition("/")[0] + "/"
        url = uri.join(parts._replace(path=folder, query=None, fragment=None))
        return url if self.allowed(url) else None

    def _named(self, reference: Reference) -> str:
        path = self._path(reference)
        url = self._kept(reference.url)
        if url is None or not self.allowed(url):
            self.refused += 1
        elif not self._is_known_better(reference, path):
            self._learn(path, url, reference.kind)
        if reference.absolute:
            return f"{self.place.root}/{path}"
        return relative(self.place.path, path)

    def _kept(self, url: str) -> str | None:
        """Return the URL as the catalog keeps it, None if it may not be asked for.

        An upstream that echoes our token into a URL of an origin that the token is
        not bound to does not get it there.
        """
        rule, secrets = self.place.marks.rule, self.place.secrets
        url = rule.blank(url)
        if not secrets or not gives_away(url, secrets):
            return url
        url = rule.clean(url)
        return url if rule.reach.holds(url) or not gives_away(url, secrets) else None

    def _is_known_better(self, reference: Reference, path: str) -> bool:
        """Tell whether a playlist nearer the entry says where this playlist lies.

        A rendition report may lack the query without which the rendition is refused,
        and two playlists that name each other must not become each other's parents.
        """
        if reference.kind is not Kind.PLAYLIST:
            return False
        if reference.tag == _REPORT and path.partition("/")[0] in self._slugs():
            return True
        known = self.known(path)
        nearer = known is not None and known.depth <= self.place.depth
        return nearer or self.place.depth >= _DEEPEST_PLAYLIST

    def _slugs(self) -> frozenset[str]:
        return frozenset(self.renditions.values())

    def _learn(self, path: str, url: str, kind: Kind) -> None:
        depth = self.place.depth + 1
        resource = Resource(url, kind, self.place.path, depth)
        self.clashes += self.found.setdefault(path, resource).url != url

    def _path(self, reference: Reference) -> str:
        place, kind = self.place, reference.kind
        if reference.tag == _REPORT:
            return f"{self._reported(reference)}/{ENTRY}"
        if kind is Kind.PLAYLIST:
            slug = self.renditions.get(place.marks.rule.bare(reference.url))
            if slug is not None:
                return f"{slug}/{ENTRY}"
        if reference.tag == _DATERANGE and not reference.absolute:
            # All renditions carry equal DATERANGE attributes (RFC 8216bis section
            # 6.2.4), so the name comes from the reference as it is written.
            written = place.marks.written(reference.written)
            return f"{place.folder.name}/{self._id_name(written, reference)}"
        canonical = self._canonical(reference.url)
        wide = kind in _STREAM_WIDE or kind is Kind.PLAYLIST
        if wide or reference.tag == _DATERANGE:
            return f"{COMMON}/{self._id_name(canonical, reference)}"
        beside = place.base.beside(canonical)
        plain = names.plain_name(beside, kind, images=place.folder.images)
        # The query, even an empty one, makes it another resource than the file.
        if plain and "?" not in canonical:
            return f"{place.folder.name}/{plain}"
        return f"{place.folder.name}/{self._id_name(canonical, reference)}"

    def _canonical(self, url: str) -> str:
        return self.place.base.canonical(self.place.marks.steady(url))

    def _id_name(self, text: str, reference: Reference) -> str:
        fallback = self._fallback(reference)
        images = self.place.folder.images
        return names.id_name(text, reference.kind, fallback=fallback, images=images)

    def _fallback(self, reference: Reference) -> str:
        if reference.tag == _DATERANGE or reference.kind is Kind.OTHER:
            return ""
        if reference.kind is Kind.PLAYLIST:
            return "m3u8"
        return "mp4" if reference.kind is Kind.MAP else self.place.folder.extension

    def _reported(self, reference: Reference) -> str:
        """Return the slug of the rendition that a rendition report means.

        Upstreams report without the query that the multivariant playlist has, and
        relative to a redirected base: equal URL, equal canonical URL, equal without
        query, each only if unique.
        """
        spellings: Sequence[Callable[[str], str]] = (
            self.place.marks.rule.bare,
            self._canonical,
            lambda url: self._canonical(url).partition("?")[0],
        )
        for spell in spellings:
            wanted = spell(reference.url)
            found = {slug for u, slug in self.renditions.items() if spell(u) == wanted}
            if len(found) == 1:
                return found.pop()
        return f"variant-{names.name_id(self._canonical(reference.url))}"
