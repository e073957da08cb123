"""A stream's playlists as the program builds them, on an upstream without sockets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast

from multidict import CIMultiDict

from benchmarks.inputs import BASE, VOLATILE
from proxy.clock import SystemClock
from proxy.core.hls.names import Marks, Volatile
from proxy.core.http import uri
from proxy.core.http.addresses import AddressPolicy
from proxy.core.http.answers import Statuses
from proxy.core.tokens.placing.rule import OPEN
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.fetch.asking import Asker
from proxy.fetch.reading import PlaylistLimits, PlaylistReader
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.editions import Editions, EditionStore
from proxy.localise.localiser import Localiser
from proxy.localise.playlist_warnings import PlaylistWarnings
from proxy.localise.stable_names import StableNames
from proxy.streams.learning import Learner
from proxy.streams.loaded import Loaded
from proxy.streams.playlists import Playlists
from proxy.upstream.answer import Answer, Framing
from proxy.upstream.question import Question

# Beyond the program's own limits: 40,000 signed URLs take more than 5 MiB.
_EDITION_BYTES = 2**27
_LIMITS = PlaylistLimits(playlist_bytes=2**24, playlist_lines=2**20, line_bytes=2**16)


@dataclass(slots=True)
class _Site:
    """Answers with the body of the moment: an upstream and its answer in one."""

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
    private: Recogniser = field(default_factory=Recogniser)
    headers: Mapping[str, str] = field(
        default_factory=lambda: CIMultiDict({"Content-Type": "audio/mpegurl"})
    )

    async def ask(self, question: Question) -> Answer:
        del question
        return cast("Answer", self)

    async def read(self, limit: int, _: str = "") -> bytes:
        return self.body[:limit]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


class Proxied:
    """One playlist, from the upstream's body to the player's."""

    def __init__(self) -> None:
        self._site = _Site()
        clock, marks = SystemClock(), Marks(OPEN, Volatile(VOLATILE))
        lasting = StableNames(clock=clock, steady=marks.steady)
        self.catalog = Catalog(BASE, limit=10**6, keeps=lasting)
        policy = AddressPolicy(frozenset({uri.origin(BASE)}), public=True)
        self._playlists = Playlists(
            PlaylistReader(
                Asker(self._site, OPEN, None, Statuses()), _LIMITS, clock=clock
            ),
            Localiser(marks, policy.allows_origin, self.catalog.get),
            self.catalog,
            Learner(self.catalog),
            Editions(EditionStore(_EDITION_BYTES, clock=clock), "bench"),
            clock=clock,
            warnings=PlaylistWarnings(lambda *_: None),
            stable_names=lasting,
        )

    async def load(self, body: bytes) -> Loaded:
        """Take a version of the playlist all the way."""
        self._site.body = body
        return await self._playlists.load(ENTRY)
