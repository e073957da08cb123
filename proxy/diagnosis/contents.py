"""What is in a playlist, for people: seen with the m3u8 library, which may be slow.

The playlist is a local one, so its references are local names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import m3u8

# What the library raises on playlists that players accept all the same.
_STUMBLES = (
    m3u8.ParseError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a check goes on with, and what it tells."""

    summary: str
    renditions: tuple[str, ...] = ()
    """References to media playlists, the first variant before the others."""
    segment: str | None = None
    """A segment that is there for a while: of a live window not the first."""
    seconds: float = 0.0
    """Of that segment."""
    init: str | None = None
    key: str | None = None
    warnings: tuple[str, ...] = ()


def contents_of(body: bytes) -> Contents:
    """Look into a playlist. Never raises: what cannot be read is said."""
    try:
        playlist = m3u8.loads(body.decode("utf-8", "replace"))
    except _STUMBLES as error:
        text = f"a playlist that the m3u8 library cannot read ({type(error).__name__})"
        return _by_lines(body, text)
    return _variants(playlist) if playlist.is_variant else _media(playlist)


def _variants(playlist: m3u8.M3U8) -> Contents:
    variants = playlist.playlists
    heights = sorted({v.stream_info.resolution[1] for v in variants
                      if v.stream_info.resolution})  # fmt: skip
    rates = sorted(v.stream_info.bandwidth or 0 for v in variants)
    said = [f"{len(variants)} variants"]
    if heights:
        said.append(_span([f"{height}p" for height in heights]))
    if rates and rates[-1]:
        said.append(_span([f"{rate // 1000}" for rate in rates]) + " kbit/s")
    for kind, name in (("AUDIO", "audio"), ("SUBTITLES", "subtitles")):
        count = sum(media.type == kind for media in playlist.media)
        said += [f"{count} {name}"] if count else []
    listed = [v.uri for v in variants] + [m.uri for m in playlist.media if m.uri]
    protected = _protection(playlist.session_keys)
    return Contents(", ".join(said), tuple(listed), warnings=tuple(_drm(protected)))


def _media(playlist: m3u8.M3U8) -> Contents:
    segments = playlist.segments
    total = sum(segment.duration or 0.0 for segment in segments)
    ended = playlist.is_endlist
    said = [
        f"recorded, {_clock(total)}" if ended else f"live, a window of {total:.0f} s",
        f"{len(segments)} segments of at most {playlist.target_duration or 0:g} s",
    ]
    if playlist.part_inf and playlist.part_inf.part_target:
        said.append(f"low latency, parts of {playlist.part_inf.part_target:g} s")
    protected = _protection(playlist.keys)
    said.append(", ".join(sorted(protected)) or "not encrypted")
    chosen = segments[len(segments) // 2] if segments else None
    key = getattr(chosen, "key", None)
    fetched = key is not None and not _is_drm(key) and key.method != "NONE"
    section = getattr(chosen, "init_section", None)
    return Contents(
        ", ".join(said),
        segment=chosen.uri if chosen else None,
        seconds=(chosen.duration or 0.0) if chosen else 0.0,
        init=section.uri if section else None,
        key=key.uri if fetched and key else None,
        warnings=tuple(_drm(protected)) + (() if segments else ("it has no segment",)),
    )


def _by_lines(body: bytes, summary: str) -> Contents:
    """Take the first reference of a playlist that has no other way in."""
    lines = (line.strip() for line in body.decode("utf-8", "replace").splitlines())
    first = next((line for line in lines if line and line[0] != "#"), None)
    if b"#EXT-X-STREAM-INF" in body:
        return Contents(summary, renditions=(first,) if first else ())
    return Contents(summary, segment=first)


def _protection(keys: list[m3u8.Key | None]) -> frozenset[str]:
    found = [key for key in keys if key is not None and key.method != "NONE"]
    return frozenset(f"DRM ({key.method})" if _is_drm(key) else key.method
                     for key in found)  # fmt: skip


def _is_drm(key: m3u8.Key) -> bool:
    identity = (key.keyformat or "identity") == "identity"
    return key.method.startswith("SAMPLE-AES") or not identity


def _drm(protection: frozenset[str]) -> Iterator[str]:
    if any(each.startswith("DRM") for each in protection):
        yield "protected by DRM (SAMPLE-AES), which is not proxied: this will not play"


def _span(values: list[str]) -> str:
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
