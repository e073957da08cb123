"""Makes the text of a low-latency media playlist (RFC 8216bis) from values. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Protocol

from proxy.demo.part_timeline import PART_SECONDS, Spot, spot
from proxy.demo.playlists import TARGET_SECONDS, Links, date
from proxy.demo.timeline import SEGMENT_SECONDS, Window

PART_TARGET_SECONDS = 0.5
# RFC 8216bis, section 4.4.3.8: at least three part targets, and six target durations.
HOLD_BACK_SECONDS = 3 * PART_TARGET_SECONDS
SKIP_UNTIL_SECONDS = 6 * TARGET_SECONDS
# Section 4.4.4.9: parts less than three target durations from the end stay listed.
_PARTED_SEGMENTS = 4


class PartLinks(Links, Protocol):
    """How one low-latency playlist refers to its resources."""

    @property
    def rendition(self) -> str:
        """Return the name of the rendition."""
        ...

    def part(self, part: Spot) -> str:
        """Return the reference to a part."""
        ...

    def report(self, rendition: str) -> str:
        """Return the reference to another rendition's playlist."""
        ...


@dataclass(frozen=True, slots=True)
class Parted:
    """What a low-latency playlist lists."""

    window: Window
    """The complete segments."""
    next: Spot
    """The part that is hinted at; it is not complete yet."""
    _: KW_ONLY
    shares: Sequence[float]
    """Each part's share of a segment's duration."""
    independent: bool
    """Whether every part can be decoded by itself; else only a segment's first part
    can."""
    others: Sequence[str]
    """The other renditions, for which rendition reports are listed."""

    @property
    def skippable(self) -> int:
        """Return how many segments end before the skip boundary (section 6.2.5.1)."""
        end = self.next.number * PART_SECONDS
        boundary = (end - SKIP_UNTIL_SECONDS) / SEGMENT_SECONDS
        return max(0, int(boundary) - self.window.first)


def low_latency(parted: Parted, links: PartLinks, *, skip: bool = False) -> str:
    """Return the media playlist; with `skip`, a delta update if that is shorter."""
    skipped = parted.skippable if skip else 0
    return "\n".join(
        [
            *_head(parted, links, skipped),
            *_segments(parted, links, skipped),
            *_edge(parted, links),
            "",
        ]
    )


def _head(parted: Parted, links: PartLinks, skipped: int) -> Iterator[str]:
    yield "#EXTM3U"
    yield "#EXT-X-VERSION:9"
    yield f"#EXT-X-TARGETDURATION:{TARGET_SECONDS}"
    yield (
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES"
        f",PART-HOLD-BACK={HOLD_BACK_SECONDS},CAN-SKIP-UNTIL={SKIP_UNTIL_SECONDS:.1f}"
    )
    yield f"#EXT-X-PART-INF:PART-TARGET={PART_TARGET_SECONDS}"
    yield f"#EXT-X-MEDIA-SEQUENCE:{parted.window.first}"
    if skipped:
        # Section 4.4.5.2: tags of the skipped segments remain in force.
        yield f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"
    elif init := links.init():
        yield f'#EXT-X-MAP:URI="{init}"'


def _segments(parted: Parted, links: PartLinks, skipped: int) -> Iterator[str]:
    window = parted.window
    for index in window.indices[skipped:]:
        if window.began is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{date(window.began, index)}"
        if index > parted.next.segment - _PARTED_SEGMENTS:
            for place in range(len(parted.shares)):
                yield _part(parted, links, Spot(index, place))
        yield f"#EXTINF:{SEGMENT_SECONDS:.2f},"
        yield links.segment(index)


def _edge(parted: Parted, links: PartLinks) -> Iterator[str]:
    edge = parted.next
    if edge.part and parted.window.began is not None:
        yield f"#EXT-X-PROGRAM-DATE-TIME:{date(parted.window.began, edge.segment)}"
    for place in range(edge.part):
        yield _part(parted, links, Spot(edge.segment, place))
    yield f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{links.part(edge)}"'
    last = spot(max(0, edge.number - 1))
    for rendition in parted.others:
        yield (
            f'#EXT-X-RENDITION-REPORT:URI="{links.report(rendition)}"'
            f",LAST-MSN={last.segment},LAST-PART={last.part}"
        )


def _part(parted: Parted, links: PartLinks, part: Spot) -> str:
    seconds = SEGMENT_SECONDS * parted.shares[part.part]
    independent = parted.independent or part.part == 0
    return (
        f'#EXT-X-PART:DURATION={seconds:.5f},URI="{links.part(part)}"'
        f"{',INDEPENDENT=YES' if independent else ''}"
    )
