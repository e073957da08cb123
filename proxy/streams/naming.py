"""One document's references -> local names, and what the catalog learns from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.core import names, slugs
from proxy.core.kind import Kind
from proxy.core.names import Base, Marks
from proxy.core.playlist import Reference
from proxy.streams.catalog import ENTRY, Resource

COMMON = "common"
MAIN = "main"

# What belongs to the stream, not to one rendition: a SESSION-KEY preloads only if its
# URI equals that of the later KEY (RFC 8216bis section 4.4.6.5).
_STREAM_WIDE = frozenset({Kind.KEY, Kind.SESSION_DATA, Kind.STEERING})
_VARIANTS = frozenset(
    {
        "EXT-X-STREAM-INF",
        "EXT-X-MEDIA",
        "EXT-X-I-FRAME-STREAM-INF",
        "EXT-X-IMAGE-STREAM-INF",
    }
)
_REPORT = "EXT-X-RENDITION-REPORT"


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the resources of one playlist live, and what its segments are."""

    name: str
    extension: str
    """The extension of a segment that has no fitting one: `ts`, `mp4`, `vtt`."""
    images: bool = False


@dataclass(slots=True)
class Namer:
    """Gives the references of one document their local paths.

    `renditions` maps the URL of each rendition (without the token) to its slug;
    `allowed` is the address policy, decided on the text of the URL.
    """

    path: str
    """The local path of the document."""
    folder: Folder
    base: Base
    marks: Marks
    renditions: Mapping[str, str]
    allowed: Callable[[str], bool]
    root: str
    """The absolute local URL of the stream, for references that must be absolute."""
    found: dict[str, Resource] = field(default_factory=dict)
    clashes: int = 0
    """Names that two URLs claim which differ in what is said to be volatile."""
    refused: int = 0
    """References to addresses that the policy forbids: named, never known."""

    def __call__(self, reference: Reference) -> str | None:
        """Return the local reference, and remember what stands behind it."""
        path = self._path(reference)
        if not self.allowed(reference.url):
            self.refused += 1
        elif not self._is_listed(reference, path):
            self._learn(reference, path)
        if reference.absolute:
            return f"{self.root}/{path}"
        return relative(self.path, path)

    def _is_listed(self, reference: Reference, path: str) -> bool:
        """Tell whether it reports on a listed rendition.

        Where that lies, the multivariant playlist alone says: a report may lack the
        query without which the rendition is refused.
        """
        if reference.tag != _REPORT:
            return False
        return path.removesuffix(f"/{ENTRY}") in self.renditions.values()

    def _learn(self, reference: Reference, path: str) -> None:
        url = self.marks.rule.blank(reference.url)
        known = self.found.setdefault(path, Resource(url, reference.kind, self.path))
        self.clashes += known.url != url

    def _path(self, reference: Reference) -> str:
        if reference.tag == _REPORT:
            return f"{self._reported(reference)}/{ENTRY}"
        if reference.kind is Kind.PLAYLIST:
            slug = self.renditions.get(self.marks.rule.bare(reference.url))
            if slug is not None:
                return f"{slug}/{ENTRY}"
        canonical = self._canonical(reference.url)
        if reference.tag == "EXT-X-DATERANGE" and not reference.absolute:
            # All renditions carry equal DATERANGE attributes (RFC 8216bis section
            # 6.2.4), so the name comes from the reference as it is written.
            written = self.marks.written(reference.written)
            return f"{self.folder.name}/{self._id_name(written, reference)}"
        if (
            reference.kind in _STREAM_WIDE
            or reference.kind is Kind.PLAYLIST
            or reference.tag == "EXT-X-DATERANGE"
        ):
            return f"{COMMON}/{self._id_name(canonical, reference)}"
        beside = self.base.beside(canonical)
        plain = names.plain_name(beside, reference.kind, images=self.folder.images)
        # The query, even an empty one, makes it another resource than the file.
        if plain and "?" not in canonical and plain not in (ENTRY, COMMON, MAIN):
            return f"{self.folder.name}/{plain}"
        return f"{self.folder.name}/{self._id_name(canonical, reference)}"

    def _canonical(self, url: str) -> str:
        return self.base.canonical(self.marks.steady(url))

    def _id_name(self, text: str, reference: Reference) -> str:
        return names.id_name(
            text,
            reference.kind,
            fallback=self._fallback(reference),
            images=self.folder.images,
        )

    def _fallback(self, reference: Reference) -> str:
        if reference.tag == "EXT-X-DATERANGE" or reference.kind is Kind.OTHER:
            return ""
        if reference.kind is Kind.PLAYLIST:
            return "m3u8"
        return "mp4" if reference.kind is Kind.MAP else self.folder.extension

    def _reported(self, reference: Reference) -> str:
        """Return the slug of the rendition that a rendition report means.

        Upstreams report without the query that the multivariant playlist has, and
        relative to a redirected base: equal URL, equal canonical URL, equal without
        query, each only if unique.
        """
        canonical = self._canonical(reference.url)
        spellings: Sequence[Callable[[str], str]] = (
            self.marks.rule.bare,
            self._canonical,
            lambda url: self._canonical(url).partition("?")[0],
        )
        for spell in spellings:
            wanted = spell(reference.url)
            slugs_found = {s for u, s in self.renditions.items() if spell(u) == wanted}
            if len(slugs_found) == 1:
                return slugs_found.pop()
        return f"variant-{names.name_id(canonical)}"


def folder_of(path: str, body: bytes) -> Folder:
    """Return the folder of a media playlist's resources, by its first full version."""
    name, _, file_name = path.rpartition("/")
    if not name:
        name = MAIN
    elif file_name != ENTRY:
        name = f"{_stem(path)}.{MAIN}"
    extension = "mp4" if b"#EXT-X-MAP" in body else "ts"
    if name.startswith("subs-"):
        extension = "vtt"
    return Folder(name, extension, images=name.startswith("images-"))


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def relative(path: str, target: str) -> str:
    """Return the relative reference from one local path to another."""
    here, slash, _ = path.rpartition("/")
    folder, _, name = target.rpartition("/")
    if folder == here:
        return name
    return f"../{target}" if slash else target


def renditions(
    listed: Sequence[Reference],
    *,
    base: Base,
    marks: Marks,
    given: Mapping[str, str],
    nested_in: str,
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return slug by URL (without the token), and canonical URL by slug.

    `given` are the slugs of earlier fetches; `nested_in` is the local path of the
    multivariant playlist, which is part of the slugs if it is not the entry.
    """
    prefix = "" if nested_in == ENTRY else f"{_stem(nested_in)}."
    references = [r for r in listed if r.tag in _VARIANTS and r.kind is Kind.PLAYLIST]
    pathways = len({r.attributes.get("PATHWAY-ID", ".") for r in references}) > 1
    mentions = []
    for reference in references:
        url = marks.rule.bare(reference.url)
        canonical = base.canonical(marks.steady(reference.url))
        wish = slugs.slug_of(reference.tag, reference.attributes, pathways=pathways)
        bandwidth = reference.attributes.get("BANDWIDTH", "")
        mentions.append(
            slugs.Listed(
                url,
                canonical,
                prefix + (wish or f"variant-{names.name_id(canonical)}"),
                int(bandwidth) if slugs.is_number(bandwidth) else 0,
            )
        )
    by_url = slugs.assign(mentions, given)
    canonicals = {by_url[m.url]: m.canonical for m in mentions}
    return by_url, {**given, **canonicals}
