"""Which header fields cross, in either direction; what is not listed stays behind.

Fields are pairs, in order, duplicates kept: a dict would lose the second
Cache-Control. Hop-by-hop fields are on no list. A field that the sender nominates in
`Connection` ends here as well (RFC 9110 section 7.6.1). What we add is added after
this, so that no nomination can take it away.
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
# A player's validators and ranges are about the bytes it was given. Those of a
# rewritten playlist are not the upstream's.
_CONDITIONS = frozenset({"range", "if-range", "if-none-match", "if-modified-since"})
_RANGES = frozenset({"range", "if-range"})
_CLIENT_DATA = "cmcd-"  # CTA-5004
# Servers refuse heads of 8 kB and more, and the token needs room as well.
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
# Content-Disposition is missing on purpose: it may hold the upstream's names.
_REPRESENTATION = frozenset(
    {"accept-ranges", "content-encoding", "content-range", "content-type", "etag"}
)

_OF_MEDIA = _FRESHNESS | _REPRESENTATION

# RFC 9110 section 5.5: of the control characters only TAB may stand in a value. The
# surrogates are bytes that were no UTF-8 and cannot be written again.
# What most players that are no browsers send.
_ANYTHING = ("accept", "*/*")
_SIMPLE_RANGE = re.compile("bytes=([0-9]{1,15}-[0-9]{0,15}|-[0-9]{1,15})")
_UNFIT = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\ud800-\udfff]")


def is_clean(text: str) -> bool:
    """Tell whether a field value may be passed on: no line breaks, no control bytes."""
    return not _UNFIT.search(text)


def are_clean(fields: Iterable[tuple[str, str]]) -> bool:
    """Tell the same of the values of all fields."""
    return is_clean("".join([value for _, value in fields]))


def to_upstream(fields: Iterable[tuple[str, str]], *, kind: Kind) -> Fields:
    """Return what of the player's request goes upstream; at most a few kB.

    Nothing goes with a playlist: it is loaded for all who ask. What is longer than any
    player writes is left out.
    """
    return () if kind in PLAYLISTS else _to_upstream(tuple(fields), kind)


# A player sends the same with one request after the other.
@lru_cache(256)
def _to_upstream(fields: Fields, kind: Kind) -> Fields:
    wanted = _PREFERENCES if kind in JSON_DOCUMENTS else _PREFERENCES | _CONDITIONS
    return _bounded(_cross(fields, wanted, _CLIENT_DATA))


def impersonal(fields: Fields) -> Fields:
    """Return what of them any player might have sent: a simple range, any type."""
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
    """Return fields without a player's ranges and validators."""
    return tuple(pair for pair in fields if pair[0].lower() not in _CONDITIONS)


def to_player(fields: Iterable[tuple[str, str]], *, playlist: bool) -> Fields:
    """Return what of the upstream's answer goes to the player.

    Of a playlist only what tells its freshness: its bytes are not the upstream's any
    more, so neither are its length, type, coding and validators.
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


# One upstream sends the same names with one answer after the other.
@lru_cache(256)
def _picked(
    names: tuple[str, ...], wanted: frozenset[str], prefix: str
) -> tuple[int, ...] | None:
    """Return where those that cross stand; None if some of them may be nominated."""
    keys = [name.lower() for name in names]
    if _CONNECTION in keys:
        return None
    return tuple(
        [n for n, key in enumerate(keys) if key in wanted or key.startswith(prefix)]
    )


def _bounded(fields: Fields) -> Fields:
    """Return the fields without those for which their name has no room."""
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
        # Without it a range could be taken of another version.
        kept = [pair for pair in kept if pair[0].lower() not in _RANGES]
    return tuple(kept)


def _nominated(fields: Fields) -> frozenset[str]:
    return frozenset(
        nominated.strip().lower()
        for name, value in fields
        if name.lower() == _CONNECTION
        for nominated in value.split(",")
    )
