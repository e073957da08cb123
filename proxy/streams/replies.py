"""What a stream is asked by the web, and what it answers with."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from proxy.core.http.headers import Fields
from proxy.upstream.answer import Framing


@dataclass(frozen=True, slots=True)
class PlayerAsk:
    """What a player asked for, less the path."""

    method: str
    """GET or HEAD."""
    query: str = field(repr=False)
    """As it was sent, not decoded; empty if there was none."""
    headers: Mapping[str, str] = field(repr=False)
    """Without regard to case; duplicates may be kept."""
    base_url: str = field(repr=False)
    """Where absolute references begin: `http://127.0.0.1:8080`, no slash at the end.

    It holds the access key, if there is one.
    """


class MediaBody(Protocol):
    """The bytes of a resource; leaving the block early gives the rest up."""

    @property
    def framing(self) -> Framing:
        """How the upstream told where the body ends."""
        ...

    @property
    def content_length(self) -> int | None:
        """The length in bytes, where the upstream said it; of a HEAD as well."""
        ...

    @property
    def held(self) -> bool:
        """Whether the upstream holds back its first byte: its head need not wait."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as sent; raise TruncatedError where they end too early."""
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
    """A playlist as it is sent: what is worked out once for all who get it."""

    tag: str
    headers: Fields
    head: bytes = field(repr=False)
    """The same as they are written."""
    body: bytes = field(repr=False)
    validated: "PreparedPlaylist | None" = None
    """The form of a 304."""
    dated: bool = False
    """Whether a Date is among the fields, in whatever letters."""


@dataclass(frozen=True, slots=True)
class PlaylistReply:
    """A rewritten playlist, whole."""

    body: bytes
    headers: Fields = ()
    """The upstream's that tell its freshness."""
    age: int | None = None
    """In seconds, where it is not the upstream's own answer but one that was kept."""
    forms: dict[bool, PreparedPlaylist] = field(
        default_factory=dict, repr=False, compare=False
    )
    """The web's to fill, by whether it is zipped; all who get the playlist share it."""


@dataclass(frozen=True, slots=True)
class DocumentReply:
    """A JSON document, made local for one player."""

    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MediaReply:
    """A resource; whoever gets it enters `answer`, or its connection stays open."""

    status: int
    headers: Fields
    """Those that may cross, with Content-Type, without Content-Length."""
    answer: MediaBody


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """How a stream or a family is, for the pages of the program and the metrics."""

    name: str
    family: bool = False
    members: int = 0
    """How many ids of a family are in use."""
    token_seconds_left: float | None = None
    """None: it needs no token, has none, or does not know how long it lives."""
    token_usable: bool | None = None
    """None: it needs no token."""
    token_cold: bool = False
    """Whether nobody plays, so that its token is not kept fresh and may have ended: the
    next player waits for one, and nothing is wrong."""
    renditions: int = 0
    names: int = 0
    """How many names its catalog knows."""
    last_problem: str | None = None
    """One word for what went wrong last; None once it goes well again."""


Reply = PlaylistReply | DocumentReply | MediaReply
