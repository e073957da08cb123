"""Slugs: the readable names of renditions, `1080p-5000k`, `audio-en`.

A rendition is identified by its attributes, not by its URL: on some platforms, the URLs
of all renditions differ only in a signature.
"""

import re
from collections.abc import Collection, Mapping

from proxy.core.hls.ids import name_id

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH = 40
# If a clone's slug would be too long, it is built from parts of these lengths and two
# dashes.
_CLONE_SLUG, _CLONE_TAIL, _CLONE_ID = 18, 12, 8
_HEIGHT = re.compile(r"\d+x(\d{1,5})")
# The prefixes of RFC 6381 codec names that are audio.
_AUDIO = ("mp4a", "ac-3", "ec-3", "ac-4", "opus", "flac", "fLaC", "alac", "mhm", "dts")
# Attributes that stay the same when an origin measures bit rates again and signs URLs
# again.
_KIN = (
    *("STABLE-VARIANT-ID", "STABLE-RENDITION-ID", "CODECS", "SUPPLEMENTAL-CODECS"),
    *("RESOLUTION", "VIDEO-RANGE", "FRAME-RATE", "HDCP-LEVEL", "REQ-VIDEO-LAYOUT"),
    *("TYPE", "GROUP-ID", "LANGUAGE", "NAME", "CHANNELS", "CHARACTERISTICS"),
    *("AUDIO", "VIDEO", "SUBTITLES", "PATHWAY-ID"),
)
_PREFIXES: Mapping[str, str] = {
    "AUDIO": "audio",
    "SUBTITLES": "subs",
    "VIDEO": "video",
    "EXT-X-I-FRAME-STREAM-INF": "iframes",
    "EXT-X-IMAGE-STREAM-INF": "images",
}


def slug_of(tag: str, attributes: Mapping[str, str], *, pathways: bool) -> str | None:
    """Return the slug for a tag, or None if it has no usable attribute.

    `pathways` is true if the playlist has more than one PATHWAY-ID, which is then part
    of the slug.
    """
    if tag == "EXT-X-MEDIA":
        slug = _slug_of_media(attributes)
    else:
        slug = _slug_of_variant(attributes)
        prefix = _PREFIXES.get(tag)
        slug = f"{prefix}-{slug}" if slug and prefix else slug
    if slug and pathways:
        slug = f"{slug}-{attributes.get('PATHWAY-ID', '')}"
    return _NOT_SLUG.sub("-", slug.lower()).strip("-")[:_SLUG_LENGTH] if slug else None


def clone_of(
    slug: str, clone: str, taken: Collection[str], last: dict[str, int]
) -> str:
    """Return the slug of a rendition in a clone of its pathway.

    It only depends on the rendition's own slug and the clone's ID, so it stays while
    the clone's URLs change. If it would be too long, it contains a hash of both. An
    ordinal distinguishes it from those in `taken`; `last` remembers the last ordinal of
    each slug.
    """
    outer, dot, own = slug.rpartition(".")
    tail = _NOT_SLUG.sub("-", clone.lower()).strip("-") or "clone"
    wish = f"{own}-{tail}"
    if len(wish) > _SLUG_LENGTH:
        id_ = name_id(f"{own} {clone}")[:_CLONE_ID]
        wish = f"{own[:_CLONE_SLUG]}-{tail[:_CLONE_TAIL]}-{id_}"
    return next_free(f"{outer}{dot}{wish}", taken, last)


def is_number(text: str) -> bool:
    """Return whether the text is a decimal-integer of RFC 8216bis section 4.2."""
    return text.isascii() and text.isdigit() and len(text) <= 20  # noqa: PLR2004 - as there


def _slug_of_media(attributes: Mapping[str, str]) -> str | None:
    prefix = _PREFIXES.get(attributes.get("TYPE", ""))
    what = attributes.get("LANGUAGE") or attributes.get("NAME")
    return f"{prefix}-{what}" if prefix and what else None


def _slug_of_variant(attributes: Mapping[str, str]) -> str | None:
    bandwidth = attributes.get("BANDWIDTH", "")
    rate = f"{_kbit(int(bandwidth))}k" if is_number(bandwidth) else ""
    height = _HEIGHT.fullmatch(attributes.get("RESOLUTION", ""))
    if height:
        return f"{height[1]}p-{rate}".strip("-")
    codecs = [codec.strip() for codec in attributes.get("CODECS", "").split(",")]
    if rate and codecs != [""] and all(codec.startswith(_AUDIO) for codec in codecs):
        return f"audio-{rate}"
    return rate or None


def _kbit(bandwidth: int) -> int:
    """Return whole kbit, from 1,000 on rounded to two significant digits.

    A live origin may report newly measured bit rates at every fetch. A slug that
    followed them would break the URL that a player is polling.
    """
    kbit = bandwidth // 1000
    if kbit < 1000:  # noqa: PLR2004 - as the docstring says
        return kbit
    unit = int(10 ** (len(str(kbit)) - 2))
    return round(kbit / unit) * unit


def kin_of(attributes: Mapping[str, str]) -> str:
    """Return a text that distinguishes renditions with the same wanted slug.

    It only uses attributes, and none that are measured, because URLs may be new at
    every load.
    """
    return "\n".join(attributes.get(name, "") for name in _KIN)


def next_free(wish: str, taken: Collection[str], last: dict[str, int]) -> str:
    """Return the wish with the next free ordinal; `last` stores the ordinal used."""
    slug, ordinal = wish, last.get(wish, 1)
    while slug in taken:
        ordinal += 1
        slug = f"{wish}-{ordinal}"
    last[wish] = ordinal
    return slug
