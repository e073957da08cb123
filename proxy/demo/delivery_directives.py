"""Reads delivery directives: the queries of reloads (RFC 8216bis, section 6.2.5)."""

import math
from dataclasses import dataclass

from proxy.demo.cut_fmp4 import PARTS_PER_SEGMENT
from proxy.demo.part_playlist import PART_TARGET_SECONDS
from proxy.demo.part_timeline import Spot

# Section 6.2.5.2: how far beyond the playlist's end a reload may ask.
ADVANCE_SEGMENTS = 2
ADVANCE_PARTS = math.ceil(3 / PART_TARGET_SECONDS)

_NUMBER_DIGITS = 12


class BadReloadError(ValueError):
    """The directives are invalid, or ask for too much."""


@dataclass(frozen=True, slots=True)
class Reload:
    """What a reload asks for."""

    awaited: Spot | None = None
    """The part that the playlist must contain; None: the current playlist."""
    skip: bool = False
    """Whether a delta update is acceptable."""


def directives(query: str, *, edge: Spot) -> Reload:
    """Read the directives of a query; `edge` is the first part that is not complete.

    Raises BadReloadError if they are invalid or ask too far ahead.
    """
    pairs = (pair.partition("=") for pair in query.split("&"))
    said = {name: value for name, _, value in pairs if name.startswith("_HLS_")}
    skip = said.get("_HLS_skip", "") in {"YES", "v2"}
    if "_HLS_msn" not in said:
        if "_HLS_part" in said:
            raise BadReloadError("_HLS_part without _HLS_msn")
        return Reload(skip=skip)
    segment = _number(said["_HLS_msn"])
    if segment > edge.segment - 1 + ADVANCE_SEGMENTS:
        raise BadReloadError("_HLS_msn is too far ahead")
    if "_HLS_part" not in said:
        # The whole segment: its last part.
        return Reload(Spot(segment, PARTS_PER_SEGMENT - 1), skip)
    awaited = Spot(segment, _number(said["_HLS_part"]))
    if awaited.part >= PARTS_PER_SEGMENT:
        awaited = Spot(segment + 1, 0)
    if awaited.number > edge.number - 1 + ADVANCE_PARTS:
        raise BadReloadError("_HLS_part is too far ahead")
    return Reload(awaited, skip)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS):
        raise BadReloadError("a directive that is no number")
    return int(text)
