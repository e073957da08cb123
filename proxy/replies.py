"""The types that the web layer and a stream exchange: requests and replies."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import TracebackType
from typing import Protocol, Self

from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.values import value


@value
class PlayerAsk:
    """A player's request, without the path."""

    method: str
    """GET or HEAD."""
    query: str = field(repr=False)
    """The query as sent, not decoded; empty if there was none."""
    headers: Mapping[str, str] = field(repr=False)
    """Header fields, case-insensitive; may contain duplicates."""
    base_url: str = field(repr=False)
    """The start of absolute references: `http://127.0.0.1:8080`, no slash at the end.

    It includes the access key, if there is one.
    """


class MediaBody(Protocol):
    """The bytes of a resource, used as a context; leaving early drops the rest."""

    @property
    def framing(self) -> Framing:
        """How the upstream marks the end of the body."""
        ...

    @property
    def content_length(self) -> int | None:
        """The length in bytes, if the upstream sent it; also for HEAD."""
        ...

    @property
    def held(self) -> bool:
        """Whether the upstream holds back the first byte, so the head goes first."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as sent; raise TruncatedError if they end too early."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class PreparedPlaylist:
    """A playlist ready to send, prepared once for all players that get it."""

    tag: str
    headers: Fields
    _: KW_ONLY
    head: bytes = field(repr=False)
    """The header fields as bytes, ready to write."""
    body: bytes = field(repr=False)
    validated: "PreparedPlaylist | None" = None
    """The form of a 304."""
    dated: bool = False
    """Whether a Date field is present, in upper or lower case."""


@dataclass(frozen=True, slots=True)
class PlaylistReply:
    """A complete rewritten playlist."""

    body: bytes
    headers: Fields = ()
    """The upstream's fields about freshness."""
    _: KW_ONLY
    age: int | None = None
    """In seconds, for a kept playlist; None if it came from the upstream just now."""
    forms: dict[bool, PreparedPlaylist] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Prepared forms, by whether they are compressed. The web layer fills them in, and
    all players that get the playlist share them."""
    cache: CacheStatus | None = None
    """Where it came from, for the player; None if nobody knows."""
    wire: dict[tuple[bytes, bool], tuple[bytes, int]] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Complete answers as bytes, and the length of the body in them.

    By the fields for the caller, and by whether the body is compressed. Filled in by
    the web layer if there is an age: such a reply is used for less than a second.
    """


@dataclass(frozen=True, slots=True)
class DocumentReply:
    """A JSON document with local URLs, made for one player."""

    body: bytes = field(repr=False)


@value
class MediaReply:
    """A resource; the caller must enter `answer`, or its connection stays open."""

    status: int
    headers: Fields
    """The fields to pass on: with Content-Type, without Content-Length.

    A kept resource has no Age among them; see `age`.
    """
    answer: MediaBody
    cache: CacheStatus | None = None
    """Where it came from, for the player; None if nobody knows."""
    age: int | None = None
    """In seconds, for a kept resource; None if it came from the upstream just now."""
    pause: Callable[[], None] | None = field(default=None, repr=False, compare=False)
    """Makes the upstream send nothing more until `answer` is read on, if possible."""


@dataclass(frozen=True, slots=True)
class RedirectReply:
    """Where the player gets a resource from the upstream itself."""

    url: str = field(repr=False)
    """The URL with the token. Only the player may see it."""


Reply = PlaylistReply | DocumentReply | MediaReply | RedirectReply
