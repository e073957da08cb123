"""Limits the number of tags that occur once per rendition or a few times in all.

With thousands of them, naming would take seconds, and comparing a playlist with a later
version would take longer.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import chain

from proxy.errors import LimitError
from proxy.localise.ladder import MOST_RENDITIONS

_TAGS = (
    b"#EXT-X-RENDITION-REPORT",
    b"#EXT-X-CONTENT-STEERING",
    b"#EXT-X-SESSION-DATA",
    b"#EXT-X-SESSION-KEY",
)
Counts = tuple[tuple[str, int], ...]
"""How often each tag is in a stretch of a playlist, without tags that are missing."""


def scarce_tags(text: bytes) -> Counts:
    """Return how often each of these tags is in a text."""
    # All these tags have attributes. Searching for "=" alone is ten times as fast.
    if b"=" not in text:
        return ()
    counts = ((tag.decode()[1:], text.count(tag)) for tag in _TAGS)
    return tuple(pair for pair in counts if pair[1])


def check_scarce(stretches: Iterable[Counts]) -> None:
    """Raise LimitError if the stretches of a playlist have too many of one tag."""
    total = Counter[str]()
    for tag, count in chain.from_iterable(stretches):
        total[tag] += count
        if total[tag] > MOST_RENDITIONS:
            raise LimitError(
                f"the playlist has more than {MOST_RENDITIONS:,} {tag}",
                allowed=MOST_RENDITIONS,
            )
