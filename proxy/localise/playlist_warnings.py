"""Reports what an operator should know about a playlist, once for each."""

from collections.abc import Callable, Mapping

from cachetools import LRUCache

from proxy.events.playlist_warning import PlaylistWarned, PlaylistWarning
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.draft import Local

_MOST_NAMED = 5


class PlaylistWarnings:
    """Reports each warning about each playlist once."""

    def __init__(self, stream: str, report: Callable[[PlaylistWarned], None]) -> None:
        """`stream` is the configured name."""
        self._stream = stream
        self._report = report
        self._told: LRUCache[tuple[PlaylistWarning, str], bool] = LRUCache(
            MOST_PLAYLISTS
        )

    def look(self, path: str, local: Local, *, ranges: bool) -> None:
        """Report the new warnings about the playlist.

        `ranges` means that its segments are byte ranges, each perhaps signed
        separately.
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
        """Report a warning, unless it was reported before.

        `refused` are the origins that are not allowed, by local path. Only some of them
        are included in the report.
        """
        origins = sorted(set((refused or {}).values()) - {""})
        self._tell(warning, path, path, ", ".join(origins[:_MOST_NAMED]))

    def full(self, path: str, advice: str) -> None:
        """Report, once per stream and advice, the playlist that has too many names."""
        self._tell(PlaylistWarning.FULL, advice, path, advice)

    def crowded(self, advice: str) -> None:
        """Report, once per stream, that all selections are played and what helps."""
        self._tell(PlaylistWarning.CROWDED, "", ENTRY, advice)

    def _tell(self, warning: PlaylistWarning, key: str, path: str, more: str) -> None:
        if (warning, key) not in self._told:
            self._told[warning, key] = True
            self._report(PlaylistWarned(self._stream, warning, path, more))
