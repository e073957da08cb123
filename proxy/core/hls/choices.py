"""Which renditions of a multivariant playlist are alternatives to each other."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from proxy.core.hls.playlist import Reference

VARIANT, AUDIO = "", "AUDIO"
"""Roles of renditions. Any other TYPE of EXT-X-MEDIA is also a role."""

_VARIANT, _MEDIA = "EXT-X-STREAM-INF", "EXT-X-MEDIA"


@dataclass(frozen=True)
class Choices:
    """The renditions that a player may choose from, by their slugs."""

    roles: Mapping[str, str] = field(default_factory=dict)
    """The role of each rendition."""
    first: tuple[str, ...] = ()
    """What most players load first: the variant listed first, and its audio."""

    @cached_property
    def _counted(self) -> Counter[str]:
        return Counter(self.roles.values())

    def has_others(self, slug: str) -> bool:
        """Return whether a player may change from a rendition to another one."""
        role = self.roles.get(slug)
        return role is None or self._counted[role] > 1


def choices_of(
    references: Iterable[Reference], slug_of: Callable[[Reference], str | None]
) -> Choices:
    """Return the choices that the tags of a multivariant playlist describe."""
    listed = [(each, slug) for each in references if (slug := slug_of(each))]
    roles: dict[str, str] = {}
    for each, slug in listed:
        if each.tag == _MEDIA:
            roles.setdefault(slug, each.attributes.get("TYPE", ""))
    # A variant may also be listed in a group; then it counts as a variant.
    roles |= {slug: VARIANT for each, slug in listed if each.tag == _VARIANT}
    variant = next((pair for pair in listed if pair[0].tag == _VARIANT), None)
    if variant is None:
        return Choices(roles)
    group = variant[0].attributes.get(AUDIO)
    sounds = [pair for pair in listed if group and _is_audio_of(pair[0], group)]
    default = [pair for pair in sounds if pair[0].attributes.get("DEFAULT") == "YES"]
    first = (variant[1], *(slug for _, slug in (default or sounds)[:1]))
    return Choices(roles, tuple(dict.fromkeys(first)))


def _is_audio_of(reference: Reference, group: str) -> bool:
    said = reference.attributes
    ours = reference.tag == _MEDIA and said.get("TYPE") == AUDIO
    return ours and said.get("GROUP-ID") == group
