"""A stream's playlists as the program builds them, with an upstream without sockets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from multidict import CIMultiDict

from benchmarks.playlists.inputs import BASE, VOLATILE
from proxy.clock import SystemClock
from proxy.core.hls.names import Volatile
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.framing import Framing
from proxy.core.tokens.placing.rule import OPEN
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.fetch.reading import PlaylistLimits
from proxy.localise.catalog import ENTRY
from proxy.localise.editions import EditionStore
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.streams.blueprint import Blueprint, SharedCaches, StreamLimits
from proxy.streams.budget import Budget
from proxy.streams.loaded import Loaded
from proxy.streams.presentation import presentation_of
from proxy.streams.snapshot_store import SnapshotStore
from proxy.upstream.answer import Answer
from proxy.upstream.question import Question

# Larger than the program's own limits: 40,000 signed URLs take more than 5 MiB.
_EDITION_BYTES = 2**27
_LIMITS = StreamLimits(
    playlists=PlaylistLimits(
        playlist_bytes=2**24, playlist_lines=2**20, line_bytes=2**16
    ),
    names=10**6,
    selections=1000,
)


@dataclass(slots=True, kw_only=True)
class _Site:
    """Answers with the current body: upstream and answer in one object."""

    body: bytes = b""
    url: str = BASE
    status: int = 200
    sent_query: str | None = None
    carried: bool = False
    redirected: bool = False
    redirect_seconds: float = 0.0
    moved: bool = False
    framing: Framing = Framing.CHUNKED
    secrets: frozenset[str] = frozenset({"a-token-that-no-playlist-holds"})
    sent: frozenset[str] = secrets
    echoes: frozenset[str] = secrets
    skew: float | None = None
    ended: bool = True
    is_here: bool = True
    content_length: int | None = None
    origin: str = uri.origin(BASE)
    private: Recogniser = field(default_factory=Recogniser)
    headers: CIMultiDict[str] = field(
        default_factory=lambda: CIMultiDict({"Content-Type": "audio/mpegurl"})
    )

    async def ask(self, question: Question) -> Answer:
        del question
        return self

    async def read(self, limit: int, setting: str = "") -> bytes:
        del setting
        return self.body[:limit]

    def shows(self, size: int) -> bool:
        del size
        return True

    def shown(self, size: int) -> bytes:
        return self.body[:size]

    def rest(self) -> bytes | None:
        return self.body

    async def peek(self, size: int) -> bytes:
        return self.body[:size]

    async def beginning(self, size: int) -> bytes:
        return self.body[:size]

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self.body

    def pause(self) -> None:
        pass

    def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


class Proxied:
    """One playlist, processed from the upstream's body to the player's."""

    def __init__(self) -> None:
        self._site = _Site()
        clock = SystemClock()
        policy = AddressPolicy(frozenset({uri.origin(BASE)}), public=True)
        blueprint = Blueprint(
            name="bench",
            local="bench",
            url=BASE,
            rule=OPEN,
            volatile=Volatile(VOLATILE),
            allowed=policy.allows_origin,
            upstream=self._site,
            limits=_LIMITS,
            caches=SharedCaches(
                snapshots=SnapshotStore(0),
                editions=EditionStore(_EDITION_BYTES, clock=clock),
                names=Budget(1_000_000, clock=clock),
            ),
            warnings=PlaylistWarnings("bench", lambda _: None),
            clock=clock,
        )
        presentation = presentation_of(blueprint)
        self.catalog = presentation.catalog
        self._playlists = presentation.playlists

    async def load(self, body: bytes) -> Loaded:
        """Process a version of the playlist completely."""
        self._site.body = body
        return await self._playlists.load(ENTRY)
