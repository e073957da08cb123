"""What an operator should know about a playlist; told once for each."""

from collections.abc import Callable, Mapping

from cachetools import LRUCache

from proxy.events.playlist_warning import PlaylistWarned, PlaylistWarning
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.draft import Local

_MOST_NAMED = 5


class PlaylistWarnings:
    """Tells each warning of each playlist once."""

    def __init__(self, stream: str, report: Callable[[PlaylistWarned], None]) -> None:
        """`stream` is the configured name."""
        self._stream = stream
        self._report = report
        self._told: LRUCache[tuple[PlaylistWarning, str], bool] = LRUCache(
            MOST_PLAYLISTS
        )

    def look(self, path: str, local: Local, *, ranges: bool) -> None:
        """Tell what is new about the playlist.

        `ranges` says that its segments are byte ranges, each perhaps signed for itself.
        """
        seen = {
            PlaylistWarning.DRM: local.facts.drm,
            PlaylistWarning.ADDRESS: bool(local.refused),
            PlaylistWarning.CLASH: local.clashes > 0 and not ranges,
            PlaylistWarning.UNREAD: local.facts.unread > 0,
        }
        for warning in (one for one, there in seen.items() if there):
            named = local.refused if warning is PlaylistWarning.ADDRESS else {}
            self.tell(warning, path, named)

    def tell(
        self,
        warning: PlaylistWarning,
        path: str,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        """Tell about an warning, unless that was done before.

        `refused` are origins that are not allowed, by local path: some are named.
        """
        origins = sorted(set((refused or {}).values()) - {""})
        self._tell(warning, path, path, ", ".join(origins[:_MOST_NAMED]))

    def full(self, path: str, advice: str) -> None:
        """Tell which playlist has too many names and what helps, once of the stream."""
        self._tell(PlaylistWarning.FULL, advice, path, advice)

    def crowded(self, advice: str) -> None:
        """Tell that all selections are played and what helps, once of the stream."""
        self._tell(PlaylistWarning.CROWDED, "", ENTRY, advice)

    def _tell(self, warning: PlaylistWarning, key: str, path: str, more: str) -> None:
        if (warning, key) not in self._told:
            self._told[warning, key] = True
            self._report(PlaylistWarned(self._stream, warning, path, more))
