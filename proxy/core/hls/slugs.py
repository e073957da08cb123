"""Slugs: the readable names of renditions, `1080p-5000k`, `audio-en`.

A rendition is identified by its attributes, not by its URL: on some platforms, the URLs
of all renditions differ only in a signature.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from proxy.core.hls.ids import name_id

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH = 40
# If a clone's slug would be too long, it is built from parts of these lengths and two
# dashes.
_CLONE_SLUG, _CLONE_TAIL, _CLONE_ID = 18, 12, 8
_ORDINAL = re.compile(r"-\d{1,3}\Z")
# The bit rate in the last component of a slug.
_RATE = re.compile(r"(?<![^.-])(\d+)k(?=-|\Z)(?!.*\.)")
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
    return _next(f"{outer}{dot}{wish}", taken, last)


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


@dataclass(frozen=True, slots=True)
class ListedPlaylist:
    """One mention of a playlist in a multivariant playlist."""

    url: str
    """The URL without the token; it distinguishes the playlists of one response."""
    canonical: str
    """The URL that identifies the playlist across responses, if possible."""
    wish: str
    """The slug derived from its attributes."""
    bandwidth: int
    kin: str = ""
    """A lasting text that distinguishes it from others with the same slug; see
    `kin_of`."""

    @property
    def rank(self) -> tuple[int, str]:
        """The sort key of mentions of one playlist: the lowest one names it."""
        return self.bandwidth, self.kin


@dataclass(frozen=True, slots=True)
class Given:
    """The playlist that a slug was given to."""

    canonical: str
    kin: str = ""


def kin_of(attributes: Mapping[str, str]) -> str:
    """Return a text that distinguishes renditions with the same wanted slug.

    It only uses attributes, and none that are measured, because URLs may be new at
    every load.
    """
    return "\n".join(attributes.get(name, "") for name in _KIN)


def assign(
    listed: Sequence[ListedPlaylist],
    given: Mapping[str, Given],
    before: Collection[str] = (),
) -> Mapping[str, str]:
    """Return the slug of each URL; `given` maps earlier slugs to their playlists.

    `before` contains the slugs of the previous version of the playlist.

    There is one rendition per distinct URL, named by its mention with the lowest
    bandwidth. A slug stays with its playlist. The playlist is found by its canonical
    URL if that is unique, else by its attributes, else by its attributes without the
    bit rate. New playlists get the next free ordinals, in the order of their
    attributes, then of their canonical URLs: origins reorder variants between fetches,
    and the result must be the same after a restart.
    """
    distinct: dict[str, ListedPlaylist] = {}
    for one in listed:
        known = distinct.get(one.url)
        if known is None or one.rank < known.rank:
            distinct[one.url] = one
    slugs = _kept(list(distinct.values()), given)
    rest = [one for one in distinct.values() if one.url not in slugs]
    rest.sort(key=lambda one: (one.wish, one.kin, one.canonical))
    used, (same, alike) = set(slugs.values()), _waiting(given)
    # Those that have more in common come first: a new playlist must not take their
    # slugs.
    for common in ("canonical", "kin"):
        for one in rest:
            waiting = same.get((one.wish, getattr(one, common)))
            if one.url not in slugs and (slug := _freed(waiting, used)):
                used.add(slug)
                slugs[one.url] = slug
    for one in rest:
        if one.url not in slugs and (slug := _freed(alike.get(one.wish), used)):
            used.add(slug)
            slugs[one.url] = slug
    new = [one for one in rest if one.url not in slugs]
    slugs |= _drifted(new, {s: given[s].kin for s in given if s not in used}, before)
    used.update(slugs.values())
    taken, last = used | given.keys(), dict[str, int]()
    for one in rest:
        if one.url not in slugs:
            slugs[one.url] = _next(one.wish, taken, last)
            taken.add(slugs[one.url])
    return slugs


def _drifted(
    new: Sequence[ListedPlaylist], left: Mapping[str, str], before: Collection[str]
) -> dict[str, str]:
    """Return who inherits the slugs in `left`, first those of the version `before`."""
    slugs, last = dict[str, str](), set(before)
    for latest, exact in product((True, False), (True, False)):
        free = left.keys() - slugs.values()
        pool = {slug: left[slug] for slug in (free & last if latest else free)}
        rest = [one for one in new if one.url not in slugs]
        slugs |= _inherited(rest, pool, exact=exact)
    return slugs


def _inherited(
    new: Sequence[ListedPlaylist], left: Mapping[str, str], *, exact: bool
) -> dict[str, str]:
    """Return which new playlists take over the slugs of playlists no longer listed.

    If both the path and the bit rate are new, a rendition cannot be recognised
    directly. It is matched if, among those that differ only in the bit rate, as many
    are new as are gone; they are paired in order of bit rate. `left` contains the kin
    of each slug, which must match too if `exact`.
    """
    came: defaultdict[tuple[str, str], list[ListedPlaylist]] = defaultdict(list)
    for one in new:
        if like := _rateless(one.wish):
            came[like, one.kin if exact else ""].append(one)
    gone: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for slug, kin in left.items():
        for wish in {slug, _ORDINAL.sub("", slug)}:
            if like := _rateless(wish):
                gone[like, kin if exact else ""].add(slug)
    slugs, taken = dict[str, str](), set[str]()
    for key, ones in came.items():
        free = gone[key] - taken
        if len(free) == len(ones):
            ones.sort(key=lambda one: (_rate_of(one.wish), one.bandwidth))
            ranked = sorted(free, key=lambda slug: (_rate_of(slug), len(slug), slug))
            slugs.update(zip((one.url for one in ones), ranked, strict=True))
            taken |= free
    return slugs


def _rateless(slug: str) -> str | None:
    """Return a slug without its bit rate, or None if it has none."""
    rest, found = _RATE.subn("*", slug, count=1)
    return rest if found else None


def _rate_of(slug: str) -> int:
    found = _RATE.search(slug)
    return int(found[1]) if found else 0


def _kept(
    listed: Sequence[ListedPlaylist], given: Mapping[str, Given]
) -> dict[str, str]:
    """Return the slugs of playlists that a unique canonical URL identifies."""
    now = Counter(one.canonical for one in listed)
    before = Counter(one.canonical for one in given.values())
    slugs = {one.canonical: slug for slug, one in given.items()}
    return {
        one.url: slugs[one.canonical]
        for one in listed
        if now[one.canonical] == before[one.canonical] == 1
    }


def _waiting(
    given: Mapping[str, Given],
) -> tuple[Mapping[tuple[str, str], deque[str]], Mapping[str, deque[str]]]:
    """Return the slugs by wish and canonical URL or kin, and by wish alone.

    The wish is the slug itself, or the slug without its ordinal. The first mapping has
    both the canonical URLs and the kin as keys.
    """
    same: defaultdict[tuple[str, str], deque[str]] = defaultdict(deque)
    alike: defaultdict[str, deque[str]] = defaultdict(deque)
    for slug in sorted(given, key=_by_ordinal):
        for wish in {slug, _ORDINAL.sub("", slug)}:
            same[wish, given[slug].canonical].append(slug)
            same[wish, given[slug].kin].append(slug)
            alike[wish].append(slug)
    return same, alike


def _by_ordinal(slug: str) -> tuple[int, str]:
    return len(slug), slug


def _freed(waiting: deque[str] | None, used: Collection[str]) -> str | None:
    """Return the first slug that no playlist has in this response."""
    while waiting:
        slug = waiting.popleft()
        if slug not in used:
            return slug
    return None


def _next(wish: str, taken: Collection[str], last: dict[str, int]) -> str:
    """Return the wish with the next free ordinal; `last` stores the ordinal used."""
    slug, ordinal = wish, last.get(wish, 1)
    while slug in taken:
        ordinal += 1
        slug = f"{wish}-{ordinal}"
    last[wish] = ordinal
    return slug
