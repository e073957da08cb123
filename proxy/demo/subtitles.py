"""Generates subtitles: their cues say how long the stream has been running."""

from proxy.demo.retime_ts import TICKS_MODULUS
from proxy.demo.timeline import (
    SEGMENT_SECONDS,
    SEGMENT_TICKS,
    START_TICKS,
    TICKS_PER_SECOND,
)

# An upper limit for a rendition of these cues, in bits per second.
SUBTITLE_BITS = 2_000


def segment(index: int) -> str:
    """Return the WebVTT segment with this media sequence number.

    RFC 8216, section 3.5: X-TIMESTAMP-MAP maps the cues' own times to media time. Both
    are equal here until media time wraps, because FFmpeg does not read the map.
    """
    ticks = START_TICKS + index * SEGMENT_TICKS
    start, running = ticks / TICKS_PER_SECOND, index * SEGMENT_SECONDS
    half = SEGMENT_SECONDS / 2
    lines = (
        "WEBVTT",
        f"X-TIMESTAMP-MAP=MPEGTS:{ticks % TICKS_MODULUS},LOCAL:{_time(start)}",
        *("", f"{_time(start)} --> {_time(start + half)}", _text(running)),
        *("", f"{_time(start + half)} --> {_time(start + 2 * half)}"),
        *(_text(running + half), ""),
    )
    return "\n".join(lines)


def _text(running: float) -> str:
    return f"running for {_time(running).partition('.')[0]}"


def _time(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds / 1000:06.3f}"
