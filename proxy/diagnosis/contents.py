"""Describes a playlist for people; uses the m3u8 library, which may be slow.

The playlist comes from the proxy, so its references are local names.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass

import m3u8
from m3u8.model import InitializationSection

# The library raises these on playlists that players accept.
_STUMBLES = (
    m3u8.ParseError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


_RANGE = re.compile(r'"?(\d{1,15})(?:@(\d{1,15}))?"?')


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A byte range of a file (EXT-X-BYTERANGE)."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class ContentPiece:
    """What a check fetches: a whole file, or a byte range."""

    uri: str
    span: ByteRange | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What the next steps of a check need, and what is reported."""

    summary: str
    renditions: tuple[str, ...] = ()
    """References to media playlists, the first variant's first."""
    _: KW_ONLY
    segment: ContentPiece | None = None
    """A segment that stays available for a while: in a live window not the oldest."""
    seconds: float = 0.0
    """The duration of that segment."""
    part: ContentPiece | None = None
    """The last part, if it is a byte range of a file. Other parts are fetched like
    segments."""
    init: ContentPiece | None = None
    key: str | None = None
    warnings: tuple[str, ...] = ()
    playable: bool = True
    """False if all keys of a media playlist are DRM keys."""


def contents_of(body: bytes) -> Contents:
    """Return what a playlist contains. Never raises; the result notes errors."""
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
    said = [_counted(len(variants), "variant")]
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
    # Skip a segment that consists only of parts so far.
    segments = [segment for segment in playlist.segments if segment.uri]
    total = sum(segment.duration or 0.0 for segment in segments)
    ended = playlist.is_endlist
    count = _counted(len(segments), "segment")
    said = [
        f"recorded, {_clock(total)}" if ended else f"live, a window of {total:.0f} s",
        f"{count} of at most {playlist.target_duration or 0:g} s",
    ]
    if playlist.part_inf and playlist.part_inf.part_target:
        said.append(f"low latency, parts of {playlist.part_inf.part_target:g} s")
    protected = _protection(playlist.keys)
    said.append(", ".join(sorted(protected)) or "not encrypted")
    spans = _spans((segment.uri, segment.byterange) for segment in segments)
    if any(spans):
        said.append("in byte ranges")
    middle = len(segments) // 2
    chosen = segments[middle] if segments else None
    key = getattr(chosen, "key", None)
    fetched = key is not None and not _is_drm(key) and key.method != "NONE"
    section = getattr(chosen, "init_section", None)
    return Contents(
        ", ".join(said),
        segment=ContentPiece(chosen.uri, spans[middle]) if chosen else None,
        seconds=(chosen.duration or 0.0) if chosen else 0.0,
        part=_last_part(playlist),
        init=_init(section) if section else None,
        key=key.uri if fetched and key else None,
        warnings=tuple(_drm(protected)) + (() if segments else ("it has no segments",)),
        playable=not protected or not all(map(_is_drm_name, protected)),
    )


def _by_lines(body: bytes, summary: str) -> Contents:
    """Use the first reference of a playlist that the library cannot parse."""
    lines = (line.strip() for line in body.decode("utf-8", "replace").splitlines())
    first = next((line for line in lines if line and line[0] != "#"), None)
    if b"#EXT-X-STREAM-INF" in body:
        return Contents(summary, renditions=(first,) if first else ())
    return Contents(summary, segment=ContentPiece(first) if first else None)


def _init(section: InitializationSection) -> ContentPiece:
    return ContentPiece(
        section.uri, _spans([(section.uri, section.byterange or None)])[0]
    )


def _last_part(playlist: m3u8.M3U8) -> ContentPiece | None:
    """Return the last part of a playlist whose parts are byte ranges."""
    parts = [part for segment in playlist.segments for part in segment.parts]
    spans = _spans((part.uri, part.byterange) for part in parts)
    pieces = [
        ContentPiece(p.uri, span) for p, span in zip(parts, spans, strict=True) if span
    ]
    return pieces[-1] if pieces else None


def _spans(ranges: Iterable[tuple[str, str | None]]) -> list[ByteRange | None]:
    """Return the byte spans that consecutive ranges describe.

    RFC 8216bis section 4.4.4.2: a range without an offset begins where the previous one
    ended, in the same file.
    """
    spans: list[ByteRange | None] = []
    ends: dict[str, int] = {}
    for uri, text in ranges:
        match = _RANGE.fullmatch(text or "")
        start = int(match[2]) if match and match[2] else ends.get(uri)
        if match is None or start is None:
            spans.append(None)
            continue
        span = ByteRange(start, int(match[1]))
        ends[uri] = span.start + span.length
        spans.append(span)
    return spans


def _protection(keys: list[m3u8.Key | None]) -> frozenset[str]:
    found = [key for key in keys if key is not None and key.method != "NONE"]
    return frozenset(f"DRM ({key.method})" if _is_drm(key) else key.method
                     for key in found)  # fmt: skip


def _is_drm(key: m3u8.Key) -> bool:
    identity = (key.keyformat or "identity") == "identity"
    return key.method.startswith("SAMPLE-AES") or not identity


def _is_drm_name(protection: str) -> bool:
    return protection.startswith("DRM")


def _drm(protection: frozenset[str]) -> Iterator[str]:
    if any(map(_is_drm_name, protection)):
        yield "protected by DRM (SAMPLE-AES), which is not proxied: this will not play"


def _span(values: list[str]) -> str:
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
