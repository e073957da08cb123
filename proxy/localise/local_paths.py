"""Which local path a reference has: the name of what it means, in the right folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from proxy.core.hls import names
from proxy.core.hls.ids import name_id
from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import COMMON

REPORT = "EXT-X-RENDITION-REPORT"
# What belongs to the stream, not to one rendition: a SESSION-KEY preloads only if its
# URI equals that of the later KEY (RFC 8216bis section 4.4.6.5).
_STREAM_WIDE = frozenset({Kind.KEY, Kind.SESSION_DATA, Kind.STEERING})
DATERANGE = "EXT-X-DATERANGE"

Spell = Callable[[str], str]


@dataclass(frozen=True)
class LocalPaths:
    """The local paths of what one document refers to.

    `renditions` maps the URL of each rendition (without the token) to its slug,
    `canonicals` to its canonical URL.
    """

    place: DocumentPlace
    renditions: Mapping[str, str] = field(repr=False)
    canonicals: Mapping[str, str] = field(default_factory=dict, repr=False)

    def of(self, reference: Reference) -> str:
        """Return the local path of what is referred to."""
        place, kind = self.place, reference.kind
        if reference.tag == REPORT:
            return f"{self._reported(reference)}/{ENTRY}"
        if kind is Kind.PLAYLIST:
            slug = self.renditions.get(place.marks.rule.bare(reference.url))
            if slug is not None:
                return f"{slug}/{ENTRY}"
        if reference.tag == DATERANGE and not reference.absolute:
            # All renditions carry equal DATERANGE attributes (RFC 8216bis section
            # 6.2.4), so the name comes from the reference as it is written.
            written = place.marks.written(reference.written)
            return f"{place.folder.name}/{self._id_name(written, reference)}"
        canonical = self._canonical(reference.lasting)
        wide = kind in _STREAM_WIDE or kind is Kind.PLAYLIST
        if wide or reference.tag == DATERANGE:
            return f"{COMMON}/{self._id_name(canonical, reference)}"
        beside = place.base.beside(canonical)
        plain = names.plain_name(beside, kind, images=place.folder.images)
        # The query, even an empty one, makes it another resource than the file.
        if plain and "?" not in canonical:
            return f"{place.folder.name}/{plain}"
        return f"{place.folder.name}/{self._id_name(canonical, reference)}"

    def lists(self, path: str) -> bool:
        """Tell whether the path is that of a rendition, or below it."""
        return path.partition("/")[0] in self.slugs

    def _canonical(self, url: str) -> str:
        return self.place.base.canonical(self.place.marks.steady(url))

    def _id_name(self, text: str, reference: Reference) -> str:
        fallback = self._fallback(reference)
        # A preload has the name of its target (RFC 8216bis, appendix F), and does not
        # say of what kind that is.
        kind = Kind.OTHER if reference.tag == DATERANGE else reference.kind
        images = self.place.folder.images
        return names.id_name(text, kind, fallback=fallback, images=images)

    def _fallback(self, reference: Reference) -> str:
        if reference.tag == DATERANGE or reference.kind is Kind.OTHER:
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
        for (spell, _), table in zip(self._spellings(), self._tables, strict=True):
            if slug := table.get(spell(reference.url)):
                return slug
        return f"variant-{name_id(self._canonical(reference.lasting))}"

    @cached_property
    def slugs(self) -> frozenset[str]:
        """The slugs of all renditions."""
        return frozenset(self.renditions.values())

    @cached_property
    def _tables(self) -> Sequence[Mapping[str, str | None]]:
        """The slugs by each spelling of their URLs; None where several share one."""
        tables = []
        for _, listed_as in self._spellings():
            table: dict[str, str | None] = {}
            for url, slug in self.renditions.items():
                key = listed_as(url)
                table[key] = slug if table.get(key, slug) == slug else None
            tables.append(table)
        return tables

    def _spellings(self) -> Sequence[tuple[Spell, Spell]]:
        """Return how to write a report, and a listed rendition beside it."""
        bare, canonical = self.place.marks.rule.bare, self._canonical

        def given(url: str) -> str:
            return self.canonicals.get(url, url)

        def plain(url: str) -> str:
            return canonical(url).partition("?")[0]

        return (
            (bare, bare),
            # A redirect that moved this playlist did not move what the other one lists.
            (canonical, given),
            (canonical, canonical),
            (plain, lambda url: given(url).partition("?")[0]),
            (plain, plain),
        )
