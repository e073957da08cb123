"""What is asked for, and how much of another proxy's CPU it may cost the program."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.media.origin import LIVE, SIZES, names

PROGRAM = "program"
NGINX = "nginx"
NGINX_BUFFERS = "nginx, large buffers"
NGINX_CACHE = "nginx, cache"
BARE = "bare aiohttp"
HLS_PROXY = "HLS-Proxy"
MEDIAFLOW = "mediaflow-proxy"

_THOUSAND = 1000
_KEPT = {"small": 128, "large": 16}
"""How many resources of each kind are asked for again and again when they are kept."""
_FILLED = {"small": 800, "large": 200}
"""How many are asked for once, in each round."""


class Kind(StrEnum):
    """Where the bytes come from."""

    RELAYED = "not stored"
    """From upstream, which says `no-store`."""
    FILLING = "first request"
    """From upstream, and into the store."""
    KEPT = "stored"
    PLAYLIST = "live playlist"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The most that the program may cost, as a multiple of another proxy's cost."""

    of: str
    most: float


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request."""

    kind: Kind
    stem: str
    """The beginning of the resource's name; empty for a playlist."""
    origin: str
    """`plain` or `tls`."""
    wanted: Sequence[Wanted] = ()

    @property
    def name(self) -> str:
        """Return its name in the table."""
        if self.kind is Kind.PLAYLIST:
            return self.kind
        thousands = SIZES[self.stem] // _THOUSAND
        millions = thousands // _THOUSAND
        amount = f"{millions} MB" if millions else f"{thousands} KB"
        where = "" if self.kind is Kind.KEPT else f", {self.origin} upstream"
        return f"{amount}, {self.kind}{where}"

    @property
    def once(self) -> bool:
        """Return whether each path may be asked for only once."""
        return self.kind is Kind.FILLING

    def paths(self, number: int) -> Sequence[str]:
        """Return the paths at the origin that are asked for in this round."""
        if self.kind is Kind.PLAYLIST:
            return [LIVE]
        all_ = names(self.stem)
        if self.kind is Kind.RELAYED:
            return [f"/no-store/{name}" for name in all_]
        kept, filled = _KEPT[self.stem], _FILLED[self.stem]
        if self.kind is Kind.KEPT:
            return [f"/kept/{name}" for name in all_[:kept]]
        first = kept + number * filled
        chosen = all_[first : first + filled]
        assert len(chosen) == filled, "too many rounds for the names that there are"
        return [f"/kept/{name}" for name in chosen]


def cases() -> Iterator[Case]:
    """Yield all cases."""
    small = (Wanted(BARE, 1.3), Wanted(HLS_PROXY, 1.0))
    for origin in ("plain", "tls"):
        yield Case(Kind.RELAYED, "large", origin, (Wanted(NGINX, 1.0),))
        yield Case(Kind.RELAYED, "small", origin, small)
    yield Case(Kind.FILLING, "large", "plain")
    yield Case(Kind.FILLING, "small", "plain")
    yield Case(Kind.FILLING, "large", "tls", (Wanted(NGINX, 1.3),))
    yield Case(Kind.FILLING, "small", "tls")
    yield Case(Kind.KEPT, "large", "plain", (Wanted(NGINX_CACHE, 1.0),))
    yield Case(Kind.KEPT, "small", "plain", (Wanted(NGINX_CACHE, 2.0),))
    playlist = (Wanted(NGINX, 2.0), Wanted(HLS_PROXY, 0.25))
    yield Case(Kind.PLAYLIST, "", "plain", playlist)
