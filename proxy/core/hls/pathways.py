"""Pathways: copies of a ladder on different hosts, and clones of such copies.

RFC 8216bis, section 7. A clone is described by how its URLs differ from those of a
pathway in the multivariant playlist. Players would apply that to the local URLs, and
get URLs that lead nowhere. So it is applied here, to the upstream's URLs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from proxy.core.hls.playlist import Reference
from proxy.core.http import uri
from proxy.core.http.authority import names_host
from proxy.core.http.uri_query import set_queries

BASE = "."
"""The pathway of entries without a PATHWAY-ID."""

_LISTING = frozenset({"EXT-X-STREAM-INF", "EXT-X-I-FRAME-STREAM-INF"})
_GROUPS = ("AUDIO", "VIDEO", "SUBTITLES")


@dataclass(frozen=True, slots=True)
class Member:
    """One playlist of a pathway."""

    url: str = field(repr=False)
    slug: str
    stable: str | None
    """Its STABLE-VARIANT-ID or STABLE-RENDITION-ID."""
    rendition: bool
    """Whether it is listed by an EXT-X-MEDIA, in a group of the pathway."""

    def moved(self, replacement: "Replacement", base: str) -> str:
        """Return its URL in a clone (RFC 8216bis, section 7.3)."""
        own = replacement.renditions if self.rendition else replacement.variants
        if self.stable is not None and (given := own.get(self.stable)):
            resolved = uri.resolve(base, given.encode("utf-8", "surrogatepass"))
            if resolved is not None:
                return resolved[0]
        url = _on_host(self.url, replacement.host)
        return set_queries(url, replacement.encoded) if replacement.encoded else url


@dataclass(frozen=True)
class Replacement:
    """How the URLs of a clone differ."""

    host: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    variants: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Whole URLs, by STABLE-VARIANT-ID."""
    renditions: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The same by STABLE-RENDITION-ID."""

    @cached_property
    def encoded(self) -> Mapping[str, str]:
        """The parameters in their order, percent-encoded."""
        names = sorted(self.parameters, key=str.encode)
        return {
            name: f"{quote(name, safe='')}={quote(self.parameters[name], safe='')}"
            for name in names
        }


Pathways = Mapping[str, tuple[Member, ...]]
"""The playlists of each pathway, by its ID."""


def pathways_of(
    references: Iterable[Reference], slug_of: Callable[[Reference], str | None]
) -> Pathways:
    """Return the pathways that the tags of a multivariant playlist describe."""
    references = tuple(references)
    listed: dict[str, list[Reference]] = {}
    for reference in references:
        if reference.tag in _LISTING:
            pathway = reference.attributes.get("PATHWAY-ID", BASE)
            listed.setdefault(pathway, []).append(reference)
    media = [each for each in references if each.tag == "EXT-X-MEDIA"]
    return {
        pathway: tuple(_members(variants, media, slug_of))
        for pathway, variants in listed.items()
    }


def _members(
    variants: Iterable[Reference],
    media: Iterable[Reference],
    slug_of: Callable[[Reference], str | None],
) -> Iterator[Member]:
    groups: set[tuple[str, str]] = set()
    for variant in variants:
        names = variant.attributes
        groups |= {(kind, names[kind]) for kind in _GROUPS if kind in names}
        if slug := slug_of(variant):
            stable = names.get("STABLE-VARIANT-ID")
            yield Member(variant.url, slug, stable, rendition=False)
    for one in media:
        names = one.attributes
        group = (names.get("TYPE", ""), names.get("GROUP-ID", ""))
        if group in groups and (slug := slug_of(one)):
            stable = names.get("STABLE-RENDITION-ID")
            yield Member(one.url, slug, stable, rendition=True)


def _on_host(url: str, host: str) -> str:
    """Return the URL on another host; keep its port if `host` has none."""
    if not host or not names_host(host):
        return url
    parts = uri.split(url)
    # A name and password for one host must not be sent to another.
    authority = (parts.authority or "").rpartition("@")[2]
    _, colon, port = authority.rpartition(":")
    keeps_port = colon and port.isdigit() and not _has_port(host)
    moved = f"{host}:{port}" if keeps_port else host
    return uri.join(parts._replace(authority=moved))


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")
