"""Decides which rendition gets which slug, so that it keeps it over reloads."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import product

from proxy.core.hls.slugs import next_free

_ORDINAL = re.compile(r"-\d{1,3}\Z")
# The bit rate in the last component of a slug.
_RATE = re.compile(r"(?<![^.-])(\d+)k(?=-|\Z)(?!.*\.)")


@dataclass(frozen=True, slots=True)
class ListedPlaylist:
    """One mention of a playlist in a multivariant playlist."""

    url: str
    """The URL without the token; it distinguishes the playlists of one response."""
    canonical: str
    """The URL that identifies the playlist across responses, if possible."""
    _: KW_ONLY
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
class SlugOwner:
    """The playlist that a slug was given to."""

    canonical: str
    kin: str = ""


def assign(
    listed: Sequence[ListedPlaylist],
    given: Mapping[str, SlugOwner],
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
    playlists = _distinct(listed)
    slugs = _kept(playlists, given)
    rest = [one for one in playlists if one.url not in slugs]
    rest.sort(key=lambda one: (one.wish, one.kin, one.canonical))
    slugs = _regained(rest, given, slugs)
    new = [one for one in rest if one.url not in slugs]
    used = set(slugs.values())
    slugs |= _drifted(new, {s: given[s].kin for s in given if s not in used}, before)
    taken, last = {*slugs.values(), *given}, dict[str, int]()
    for one in rest:
        if one.url not in slugs:
            slugs[one.url] = next_free(one.wish, taken, last)
            taken.add(slugs[one.url])
    return slugs


def _distinct(listed: Sequence[ListedPlaylist]) -> list[ListedPlaylist]:
    """Return one mention of each playlist, the one that names it."""
    distinct: dict[str, ListedPlaylist] = {}
    for one in listed:
        known = distinct.get(one.url)
        if known is None or one.rank < known.rank:
            distinct[one.url] = one
    return list(distinct.values())


def _regained(
    rest: Sequence[ListedPlaylist],
    given: Mapping[str, SlugOwner],
    slugs: Mapping[str, str],
) -> dict[str, str]:
    """Return `slugs`, and those that others of the `rest` had before.

    Those that have more in common come first: a new playlist must not take their slugs.
    """
    slugs, used = dict(slugs), set(slugs.values())
    same, alike = _waiting(given)
    ways: tuple[Callable[[ListedPlaylist], deque[str] | None], ...] = (
        lambda one: same.get((one.wish, one.canonical)),
        lambda one: same.get((one.wish, one.kin)),
        lambda one: alike.get(one.wish),
    )
    for waiting in ways:
        for one in rest:
            if one.url not in slugs and (slug := _freed(waiting(one), used)):
                used.add(slug)
                slugs[one.url] = slug
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
    listed: Sequence[ListedPlaylist], given: Mapping[str, SlugOwner]
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
    given: Mapping[str, SlugOwner],
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
