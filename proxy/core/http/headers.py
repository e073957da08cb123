"""Which header fields are passed on, in both directions; all others are dropped.

Fields are pairs, in order, with duplicates: a dict would lose the second Cache-Control.
Hop-by-hop fields are on no list. Fields that the sender nominates in `Connection` are
dropped too (RFC 9110 section 7.6.1). Our own fields are added afterwards, so that no
nomination can remove them.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from proxy.core.kind import Kind

Fields = tuple[tuple[str, str], ...]

PLAYLISTS = frozenset({Kind.ENTRY, Kind.PLAYLIST})
JSON_DOCUMENTS = frozenset({Kind.STEERING, Kind.ASSET_LIST})
_PREFERENCES = frozenset({"accept", "accept-language", "x-playback-session-id"})
# A player's validators and ranges refer to the bytes that the player received. A
# rewritten playlist has other bytes than the upstream's.
_CONDITIONS = frozenset({"range", "if-range", "if-none-match", "if-modified-since"})
_RANGES = frozenset({"range", "if-range"})
_CLIENT_DATA = "cmcd-"  # CTA-5004
# Servers refuse heads of 8 kB and more, and the token needs room too.
_MOST_BYTES, _MOST_CLIENT_DATA_BYTES = 512, 1024
_CONNECTION = "connection"
_SERVER_DATA = "cmsd-"  # CTA-5006

_FRESHNESS = frozenset(
    {
        "age",
        "cache-control",
        "date",
        "expires",
        "last-modified",
        "retry-after",
        "vary",
    }
)
# Content-Disposition is missing on purpose: it may contain names of the upstream.
_REPRESENTATION = frozenset(
    {"accept-ranges", "content-encoding", "content-range", "content-type", "etag"}
)

_OF_MEDIA = _FRESHNESS | _REPRESENTATION

# What most players other than browsers send.
_ANYTHING = ("accept", "*/*")
_SIMPLE_RANGE = re.compile("bytes=([0-9]{1,15}-[0-9]{0,15}|-[0-9]{1,15})")
# RFC 9110 section 5.5: TAB is the only control character allowed in a value. Surrogates
# are bytes that are not UTF-8, so they cannot be written again.
_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")


def is_clean(text: str) -> bool:
    """Return whether a field value has no line breaks and no control bytes."""
    # The first test decides for nearly all values, in a tenth of the time.
    return (text.isascii() and text.isprintable()) or not _UNFIT.search(text)


def are_clean(fields: Iterable[tuple[str, str]]) -> bool:
    """Return whether the values of all fields are clean; see `is_clean`."""
    return is_clean("".join([value for _, value in fields]))


def to_upstream(fields: Iterable[tuple[str, str]], *, kind: Kind) -> Fields:
    """Return the fields of the player's request that go upstream; at most a few kB.

    For a playlist there are none, because it is loaded for all players. Fields that are
    longer than any player writes are dropped.
    """
    return () if kind in PLAYLISTS else _to_upstream(tuple(fields), kind)


# A player sends the same fields with each request.
@lru_cache(256)
def _to_upstream(fields: Fields, kind: Kind) -> Fields:
    wanted = _PREFERENCES if kind in JSON_DOCUMENTS else _PREFERENCES | _CONDITIONS
    return _bounded(_cross(fields, wanted, _CLIENT_DATA))


def impersonal(fields: Fields) -> Fields:
    """Return the fields that any player might have sent: a simple range, any type."""
    conditional = any(name.lower() == "if-range" for name, _ in fields)
    return tuple(
        (name, value)
        for name, value in fields
        if (name.lower(), value) == _ANYTHING
        or (not conditional and _is_simple_range(name, value))
    )


def _is_simple_range(name: str, value: str) -> bool:
    return name.lower() == "range" and _SIMPLE_RANGE.fullmatch(value) is not None


def without_conditions(fields: Fields) -> Fields:
    """Return the fields without a player's ranges and validators."""
    return tuple(pair for pair in fields if pair[0].lower() not in _CONDITIONS)


def to_player(fields: Iterable[tuple[str, str]], *, playlist: bool) -> Fields:
    """Return the fields of the upstream's answer that go to the player.

    For a playlist these are only the fields about freshness. Its bytes are no longer
    the upstream's, so the upstream's length, type, coding and validators do not apply.
    """
    wanted = _FRESHNESS if playlist else _OF_MEDIA
    return _cross(fields, wanted, _SERVER_DATA)


def _cross(
    fields: Iterable[tuple[str, str]], wanted: frozenset[str], prefix: str
) -> Fields:
    fields = tuple(fields)
    picked = _picked(tuple([name for name, _ in fields]), wanted, prefix)
    if picked is None:
        wanted -= _nominated(fields)
        nobody = tuple(["" if n.lower() == _CONNECTION else n for n, _ in fields])
        picked = _picked(nobody, wanted, prefix) or ()
    crossing = [fields[at] for at in picked]
    if not are_clean(crossing):
        crossing = [field for field in crossing if is_clean(field[1])]
    return tuple(crossing)


# An upstream sends the same field names with each answer.
@lru_cache(256)
def _picked(
    names: tuple[str, ...], wanted: frozenset[str], prefix: str
) -> tuple[int, ...] | None:
    """Return the positions of the fields to pass on; None if some may be nominated."""
    keys = [name.lower() for name in names]
    if _CONNECTION in keys:
        return None
    return tuple(
        [n for n, key in enumerate(keys) if key in wanted or key.startswith(prefix)]
    )


def _bounded(fields: Fields) -> Fields:
    """Return the fields without those that exceed the limit for their name."""
    sizes = Counter[str]()
    dropped, kept = set[str](), []
    for name, value in fields:
        key, most = name.lower(), _MOST_BYTES
        if key.startswith(_CLIENT_DATA):
            key, most = _CLIENT_DATA, _MOST_CLIENT_DATA_BYTES
        size = len(name) + len(value.encode())
        if sizes[key] + size > most:
            dropped.add(key)
            continue
        sizes[key] += size
        kept.append((name, value))
    if "if-range" in dropped:
        # Without If-Range, the range could be taken from another version.
        kept = [pair for pair in kept if pair[0].lower() not in _RANGES]
    return tuple(kept)


def _nominated(fields: Fields) -> frozenset[str]:
    return frozenset(
        nominated.strip().lower()
        for name, value in fields
        if name.lower() == _CONNECTION
        for nominated in value.split(",")
    )
