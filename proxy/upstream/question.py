"""A request to the upstream, and how long to wait for its answer."""

from collections.abc import Awaitable, Callable
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS, Fields
from proxy.core.http.player_query import blocks, directed
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.core.values import value
from proxy.upstream.coding import ACCEPTED
from proxy.upstream.session import Session

Stamp = Callable[[str], Stamped]
"""Takes a URL without a token and returns what to send. Called for every hop."""

Again = Callable[[str], Awaitable[Stamped]]
"""The same for a URL that was sent with a token but got no answer. May raise."""

Clean = Callable[[str], str]
"""Pure: removes a token that the upstream echoed in a redirect's target."""

READ_WHOLE = PLAYLISTS | JSON_DOCUMENTS
"""Kinds of text that are read whole and rewritten. All others are streamed."""


@value
class Question:
    """A GET or HEAD for one resource."""

    method: str
    url: str = field(repr=False)
    """The exact URL, without a token."""
    _: KW_ONLY
    kind: Kind
    stamp: Stamp = field(repr=False)
    again: Again = field(repr=False)
    clean: Clean = field(repr=False)
    headers: Fields = field(default=(), repr=False)
    """The player's header fields that are passed on."""
    session: Session | None = field(default=None, repr=False)
    """Learns from every answer, redirects included, and adds to every request."""

    rest: bool = False
    """Whether this asks for the rest of a body that broke off: a player is waiting."""

    @property
    def read_whole(self) -> bool:
        """Whether the answer is text that is read whole."""
        return self.kind in READ_WHOLE

    @property
    def directed(self) -> bool:
        """Whether it has delivery directives; an error status may be due to them."""
        return self.read_whole and directed(self.url.partition("?")[2])

    @property
    def blocks(self) -> bool:
        """Whether it is a blocking playlist reload, which the upstream may hold."""
        return self.read_whole and blocks(self.url.partition("?")[2])

    @property
    def waits(self) -> bool:
        """Whether the upstream may stay silent for longer than usual.

        A blocking reload and a hinted part wait for something that does not exist yet.
        """
        held = self.kind is Kind.PART and not self.rest
        return self.blocks or held or self.kind is Kind.ASSET_LIST

    @property
    def hedged(self) -> bool:
        """Whether to ask again if the upstream is silent: yes if the answer is small.

        The rest of a body counts too, because the kept connections may all be dead.
        """
        small = self.read_whole or self.kind is Kind.KEY or self.rest
        return small and not self.waits

    @property
    def accept_encoding(self) -> str:
        """The value of Accept-Encoding: media is passed on as it is stored."""
        return ACCEPTED if self.read_whole else "identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeTimeouts:
    """How long to wait, in seconds. There is no limit in total: bodies are long."""

    connect: float = 5.0
    """For each address, TCP and TLS. At most half of the time left for a first byte."""
    resolve_and_connect: float = 10.0
    """For resolving a host and trying all its addresses."""
    read_whole: float = 90.0
    """Between two reads of a playlist. A blocking reload may be silent for three target
    durations, an asset list for up to 60 s."""
    read_media: float = 30.0
    """Between two reads of media."""
    read_held: float = 90.0
    """Between two reads of a part. The request for a hinted part gets no answer while
    the encoder pauses; servers hold it for up to a minute."""

    def between_reads(self, question: Question) -> float:
        """Return how many seconds the answer to this question may be silent."""
        if question.kind is Kind.PART:
            return self.read_held
        return self.read_whole if question.read_whole else self.read_media
