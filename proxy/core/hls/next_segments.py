"""Finds the segments that a player will request next."""

from itertools import islice
from typing import NamedTuple

from proxy.core.hls.encoder_runs import Run
from proxy.core.hls.run_positions import attribute_of, last_init

_GAP = b"#EXT-X-GAP"
_MAP = b"#EXT-X-MAP:"
# How many lines are read per segment.
_MOST_LINES = 50


class Next(NamedTuple):
    """A segment that follows."""

    name: bytes
    gap: bool
    """Whether it is missing upstream (EXT-X-GAP)."""


class Following(NamedTuple):
    """The segments after a given one that share an init section."""

    init: bytes | None = None
    segments: tuple[Next, ...] = ()


def following(run: Run, number: int, most: int) -> Following:
    """Return at most `most` segments after the segment with this number."""
    windows = [version.window for version in run.versions]
    for at in reversed(range(len(windows))):
        window = windows[at]
        if window.first <= number + 1 < window.end:
            break
    else:
        return Following()
    start = 0
    if number >= window.first:
        start = window.text.find(b"\n", window.line_of(number)) + 1
    inits = (
        last_init(w, start if w is window else len(w.text)) for w in windows[at::-1]
    )
    init = next((found for found in inits if found is not None), None)
    segments: list[Next] = []
    gap = False
    for line in islice(window.lines(start), most * _MOST_LINES):
        text = line.strip(b" \t")
        if text.startswith(_MAP):
            found = attribute_of(text)
            if segments and found != init:
                break
            init = found
        elif not text.startswith(b"#"):
            if text:
                segments.append(Next(text.partition(b"#")[0], gap))
                gap = False
            if len(segments) == most:
                break
        gap = gap or text == _GAP
    return Following(init, tuple(segments))
