"""What is asked upstream, and how long an answer is waited for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS, Fields
from proxy.core.http.player_query import blocks, directed
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.upstream.coding import ACCEPTED
from proxy.upstream.session import Session

Stamp = Callable[[str], Stamped]
"""The URL without a token in, what to send out. Asked again at every hop."""

Again = Callable[[str], Awaitable[Stamped]]
"""The same for a URL that was sent with a token and not answered. May raise."""

Clean = Callable[[str], str]
"""Pure: takes a token that the upstream echoed out of a redirect's target."""

READ_WHOLE = PLAYLISTS | JSON_DOCUMENTS
"""Text that is read whole and rewritten; everything else is passed on as it comes."""


@dataclass(frozen=True, slots=True)
class Question:
    """A GET or HEAD of one thing."""

    method: str
    url: str = field(repr=False)
    """Exact, without a token."""
    kind: Kind
    stamp: Stamp = field(repr=False)
    again: Again = field(repr=False)
    clean: Clean = field(repr=False)
    headers: Fields = field(default=(), repr=False)
    """The player's, as far as they cross."""
    session: Session | None = field(default=None, repr=False)
    """Learns from every answer on the way, and goes with every request."""

    rest: bool = False
    """Whether it is the rest of a body that flowed: a player is waiting for it."""

    @property
    def read_whole(self) -> bool:
        """Whether the answer is text that is read whole."""
        return self.kind in READ_WHOLE

    @property
    def directed(self) -> bool:
        """Whether it holds delivery directives, which the status may be about."""
        return self.read_whole and directed(self.url.partition("?")[2])

    @property
    def blocks(self) -> bool:
        """Whether the upstream may keep it waiting: a blocking playlist reload."""
        return self.read_whole and blocks(self.url.partition("?")[2])

    @property
    def waits(self) -> bool:
        """Whether upstream may be silent for longer than players wait for others.

        A blocking reload and a hinted part wait for what is not there yet.
        """
        held = self.kind is Kind.PART and not self.rest
        return self.blocks or held or self.kind is Kind.ASSET_LIST

    @property
    def hedged(self) -> bool:
        """Whether it is asked again if upstream is silent for long: what is small is.

        So is a rest: the connections that are kept may be as dead as the first.
        """
        small = self.read_whole or self.kind is Kind.KEY or self.rest
        return small and not self.waits

    @property
    def accept_encoding(self) -> str:
        """The codings that can be used: media is passed on as it is stored."""
        return ACCEPTED if self.read_whole else "identity"


@dataclass(frozen=True, slots=True)
class ExchangeTimeouts:
    """How long to wait, in seconds. There is no limit on the whole: bodies are long."""

    connect: float = 5.0
    """For each address: TCP and TLS; at most half of what is left for a first byte."""
    resolve_and_connect: float = 10.0
    """For all addresses of a host together, and the resolver before."""
    read_whole: float = 90.0
    """Between two reads of a playlist. A blocking reload is silent for three target
    durations, an asset list for up to 60 s."""
    read_media: float = 30.0
    """Between two reads of media."""
    read_held: float = 90.0
    """Between two reads of a part, which may be a hinted one: of an encoder that pauses
    it is silent until the next segment, and servers hold it for up to a minute."""

    def between_reads(self, question: Question) -> float:
        """Return how long an answer to the question may be silent."""
        if question.kind is Kind.PART:
            return self.read_held
        return self.read_whole if question.read_whole else self.read_media
