"""The configured values from which the presentations of a stream are built."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from proxy.clock import Clock
from proxy.core.hls.names import Volatile
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.rule import Rule
from proxy.core.tokens.token import KeptToken
from proxy.fetch.asking import Upstream
from proxy.fetch.guarding import SecretGuard
from proxy.fetch.reading import PlaylistLimits
from proxy.fetch.stamping import CurrentToken, OwnHeaders
from proxy.fetch.token_standing import TokenStanding
from proxy.localise.editions import EditionStore
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.uses import Agree, alone
from proxy.sharing.fills import Fills
from proxy.streams.budget import Budget
from proxy.streams.chores import Chores
from proxy.streams.passing import Passing
from proxy.streams.playlist_store import PlaylistStore
from proxy.streams.snapshot_store import SnapshotStore
from proxy.upstream.session import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """How much one stream may have."""

    playlists: PlaylistLimits
    names: int
    """How many names all its presentations may hold together."""
    selections: int
    """How many selections may be played at once."""
    key_bytes: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedCaches:
    """What is kept of the playlists of all streams, each within one limit for all."""

    snapshots: SnapshotStore
    editions: EditionStore
    names: Budget
    recordings: PlaylistStore | None = None
    """Keeps the playlists of ended presentations; None: there is no disk for them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blueprint:
    """The values from which all presentations of a stream are built."""

    name: str
    """The configured name."""
    local: str
    """Where players find the stream, without slashes at its ends."""
    url: str = field(repr=False)
    """The configured URL of its entry."""
    rule: Rule
    volatile: Volatile = Volatile()  # noqa: RUF009 - frozen
    allowed: Callable[[str], bool]
    """The address policy: returns whether a URL is allowed, judging by its text."""
    upstream: Upstream
    keeper: CurrentToken | None = None
    statuses: Statuses = Statuses()  # noqa: RUF009 - frozen
    own: OwnHeaders = OwnHeaders()  # noqa: RUF009 - frozen
    sessions: Sessions = field(default_factory=Sessions)
    """One session per presentation, so each selection keeps its own cookies."""
    guard: SecretGuard = field(default_factory=SecretGuard)
    """Knows the secrets that no player may see."""
    standing: TokenStanding = field(default_factory=TokenStanding)
    """Records whether the upstream accepts requests with tokens."""
    skewed: Callable[[float], None] | None = None
    """Called with how far the clocks of the token's origins are ahead, in seconds."""
    doubted: Callable[[KeptToken], Awaitable[KeptToken]] | None = None
    """Replaces a token that may have expired unnoticed; may return the same token."""
    limits: StreamLimits
    caches: SharedCaches
    lasting: bool = True
    """Whether its names are kept while no player plays, as long as there is room."""
    parameters: Collection[str] = ()
    """The player's query parameters that are forwarded on the entry."""
    client_data: bool = False
    """Whether CMCD in the query is forwarded with media requests too."""
    redirects: bool = False
    """Whether players are redirected to the upstream for media."""
    fills: Fills | None = None
    """Keeps resources and shares requests; None: each request goes upstream alone."""
    agree: Agree = alone
    """Agrees with other processes on the names of live runs."""
    trusted: bool = False
    """Whether recordings are kept even if the upstream's fields forbid it."""
    ahead: PrefetchLimits = PrefetchLimits()  # noqa: RUF009 - frozen
    """How much is fetched before players ask for it."""
    warnings: PlaylistWarnings
    clock: Clock
    played: Callable[[], None] = lambda: None
    chores: Chores = field(default_factory=Chores)

    @property
    def entry(self) -> str:
        """The URL of the entry, without a token."""
        return self.rule.blank(self.url, entry=True)

    @property
    def passing(self) -> Passing:
        """Which parts of a player's request are forwarded upstream."""
        return Passing(self.parameters, self.rule.hidden, self.client_data)

    async def close(self) -> None:
        """Stop background work, and drop the stream's kept playlists."""
        await self.chores.close()
        if self.fills is not None:
            await self.fills.close()
            self.fills.store.forget(self.local)
        self.caches.snapshots.forget(self)
        self.caches.editions.forget(self)
