"""What is served, and to whom, in one value: no request sees half of a change."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Protocol

from aiohttp import web

from proxy import replies
from proxy.core.http import paths
from proxy.web.guard import Guard, asked_as
from proxy.web.protocol import Limits
from proxy.web.visit import Usage

_ROUTES = 1024


class SiteStream(Protocol):
    """What the web server needs from a stream."""

    @property
    def usage(self) -> Usage:
        """Informed when a request begins, and when its last byte has been sent."""
        ...

    def at_hand(self, path: str, ask: replies.PlayerAsk) -> replies.Reply | None:
        """Return what the path names if nothing must be waited for, else None."""
        ...

    async def open(self, path: str, ask: replies.PlayerAsk) -> replies.Reply:
        """Return what the path names; raise an HlsAuthProxyError on failure."""
        ...

    async def wait(self, path: str, ask: replies.PlayerAsk) -> replies.Reply:
        """Do the same as `open` if `at_hand` has just returned None."""
        ...


class SiteStreams(Protocol):
    """What the web server needs from the collection of streams."""

    @property
    def families(self) -> Collection[str]:
        """The names of the families."""
        ...

    def find(self, name: str) -> SiteStream | None:
        """Return a configured stream that is not a family; None if there is none."""
        ...

    def peek(self, family: str, member_id: str, /) -> SiteStream | None:
        """Return a member of a family if it exists now."""
        ...

    async def member(self, family: str, member_id: str, /) -> SiteStream:
        """Return a member of a family."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """The streams and who may play them. It is only replaced as a whole."""

    streams: SiteStreams
    guard: Guard
    public_url: str | None = None
    """The URL by which players reach a server in front; None: taken from each request.
    """
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    route: Callable[[str], paths.Route] = field(init=False, repr=False)
    """Returns what a path names."""

    def __post_init__(self) -> None:
        families, key = frozenset(self.streams.families), self.guard.access.key
        route = partial(paths.parse, families=families, key=key)
        # Players request the same few playlists again and again.
        object.__setattr__(self, "route", lru_cache(_ROUTES)(route))

    def base_url(self, request: web.BaseRequest) -> str:
        """Return the start of absolute references, with the access key if any."""
        here = f"{request.scheme}://{asked_as(request)}"
        base = (self.public_url or here).rstrip("/")
        key = self.guard.access.key
        return base if key is None else f"{base}/{key}"
