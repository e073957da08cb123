"""The renditions that a multivariant playlist lists, and their slugs."""

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.hls import slug_owners, slugs
from proxy.core.hls.choices import Choices, choices_of
from proxy.core.hls.ids import name_id
from proxy.core.hls.names import Base, Marks
from proxy.core.hls.pathways import Pathways, pathways_of
from proxy.core.hls.playlist import Reference
from proxy.core.hls.slug_owners import SlugOwner
from proxy.core.kind import Kind

_VARIANTS = frozenset(
    {
        "EXT-X-STREAM-INF",
        "EXT-X-MEDIA",
        "EXT-X-I-FRAME-STREAM-INF",
        "EXT-X-IMAGE-STREAM-INF",
    }
)
MOST_RENDITIONS = 1000
"""Real ladders have dozens. More is an attack on the code that makes names unique."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The renditions that one multivariant playlist lists."""

    slugs: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The slug of each playlist, by its URL without the token."""
    given: Mapping[str, SlugOwner] = field(default_factory=dict, repr=False)
    """By slug: the playlist it was given to. Includes all slugs ever given."""
    _: KW_ONLY
    pathways: Pathways = field(default_factory=dict, repr=False)
    """The members of each pathway."""
    canonicals: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The canonical URL of each playlist, by its URL without the token."""
    choices: Choices = Choices()  # noqa: RUF009 - frozen
    """Which of them stand for each other."""


def updated_ladder(
    before: Ladder,
    listed: Sequence[Reference],
    *,
    base: Base,
    marks: Marks,
    prefix: str,
) -> Ladder:
    """Return the ladder of a new version; slugs given before stay.

    `prefix` is put before every slug. Only the first thousand renditions are listed.
    """
    references = [r for r in listed if r.tag in _VARIANTS and r.kind is Kind.PLAYLIST]
    references = references[:MOST_RENDITIONS]
    pathways = len({r.attributes.get("PATHWAY-ID", ".") for r in references}) > 1
    mentions = [
        _mention(reference, base, marks, prefix, pathways=pathways)
        for reference in references
    ]
    by_url = slug_owners.assign(mentions, before.given, before.slugs.values())
    canonicals = {one.url: one.canonical for one in mentions}
    mentions.sort(key=lambda one: one.rank, reverse=True)  # so the lowest rank wins
    given = {by_url[one.url]: SlugOwner(one.canonical, one.kin) for one in mentions}

    def slug_of(reference: Reference) -> str | None:
        return by_url.get(marks.rule.bare(reference.url))

    return Ladder(
        by_url,
        {**before.given, **given},
        pathways=pathways_of(references, slug_of),
        canonicals=canonicals,
        choices=choices_of(references, slug_of),
    )


def _mention(
    reference: Reference, base: Base, marks: Marks, prefix: str, *, pathways: bool
) -> slug_owners.ListedPlaylist:
    canonical = base.canonical(marks.steady(reference.lasting))
    wish = slugs.slug_of(reference.tag, reference.attributes, pathways=pathways)
    bandwidth = reference.attributes.get("BANDWIDTH", "")
    return slug_owners.ListedPlaylist(
        marks.rule.bare(reference.url),
        canonical,
        wish=prefix + (wish or f"variant-{name_id(canonical)}"),
        bandwidth=int(bandwidth) if slugs.is_number(bandwidth) else 0,
        kin=slugs.kin_of(reference.attributes),
    )
