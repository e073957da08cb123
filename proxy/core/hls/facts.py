"""What a playlist says besides its references, for decisions elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Facts:
    """What was found in a playlist, or in a stretch of one."""

    ended: bool = False
    """It will not change any more (EXT-X-ENDLIST)."""
    partial: bool = False
    """It is a delta update (EXT-X-SKIP)."""
    target_duration: float | None = None
    """In seconds."""
    part_target: float | None = None
    """The target duration of its parts, in seconds, if it has any."""
    segments: int = 0
    """How many URI lines it has."""
    drm: bool = False
    """Whether some of it can only be decrypted by a DRM system."""
    unread: int = 0
    """How many references were left unchanged because they were not understood."""


def whole(stretches: Iterable[Facts]) -> Facts:
    """Return the facts of all stretches combined; of several durations, the last."""
    facts = Facts()
    for one in stretches:
        facts.segments += one.segments
        facts.unread += one.unread
        facts.ended |= one.ended
        facts.partial |= one.partial
        facts.drm |= one.drm
        if one.target_duration is not None:
            facts.target_duration = one.target_duration
        if one.part_target is not None:
            facts.part_target = one.part_target
    return facts
