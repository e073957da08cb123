"""Builds the object that opens the resources of a presentation."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from proxy.clock import Clock
from proxy.core.hls.prefetch import PrefetchLimits
from proxy.fetch.asking import Asker
from proxy.sharing.fills import Fills
from proxy.sharing.joining import Sharing
from proxy.sharing.kept_media import KeptMedia
from proxy.streams.chores import Chores
from proxy.streams.loading import Loader
from proxy.streams.media import Media
from proxy.streams.passing import Passing
from proxy.streams.prefetch_targets import Around
from proxy.streams.prefetcher import Prefetcher
from proxy.streams.redirecting import Redirecting
from proxy.streams.shared_media import SharedMedia

Opener = Media | SharedMedia | Redirecting


@dataclass(frozen=True, slots=True)
class Openers:
    """The values that all openers of a stream are built from."""

    passing: Passing
    key_bytes: int
    _: KW_ONLY
    fills: Fills | None
    """Shares requests between players; None: each request goes upstream alone."""
    redirects: bool
    """Whether players are redirected to the upstream for media."""
    allowed: Callable[[str], bool]
    """The address policy: returns whether a URL is allowed, judging by its text."""
    ahead: PrefetchLimits
    """How much is fetched before players ask for it."""
    chores: Chores
    clock: Clock

    def opener(self, asker: Asker, loader: Loader, around: Around) -> Opener:
        """Return an opener for the resources that a loader's playlists list."""
        clock, passing, fills = self.clock, self.passing, self.fills
        plain = Media(
            asker,
            loader.renewals,
            passing=passing,
            key_bytes=self.key_bytes,
            clock=clock,
        )
        media: Media | SharedMedia = plain
        if fills is not None:
            kept = KeptMedia(fills.store, fills.counts, fills.unasked, clock=clock)
            sharing = Sharing(plain, fills, kept, clock=clock)
            media = SharedMedia(
                sharing,
                kept,
                around.keys,
                self._ahead(sharing, fills, around),
                client_data=passing.client_data,
                ended=loader.loads.has_ended,
            )
        if not self.redirects:
            return media
        return Redirecting(
            media,
            asker,
            loader.renewals,
            allowed=self.allowed,
            passing=passing,
            clock=clock,
        )

    def _ahead(
        self, sharing: Sharing, fills: Fills, around: Around
    ) -> Prefetcher | None:
        if not self.ahead.segments:
            return None
        return Prefetcher(
            sharing,
            fills,
            around,
            limits=self.ahead,
            chores=self.chores,
            clock=self.clock,
        )
