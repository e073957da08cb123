"""What an operator should know about a playlist; told once for each."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from cachetools import LRUCache

from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.draft import Local


class PlaylistWarning(StrEnum):
    """Something that the playlist itself will not tell."""

    DRM = "protected by DRM, which is not proxied: it will not play"
    ADDRESS = "names addresses that are not allowed: see origins and follow"
    CLASH = "gives one name to different URLs: volatile leaves out too much"
    UNREAD = "has references that could not be understood"
    UNSTEERED = "has clones of what has no stable ID: it plays, but is not steered"
    FULL = "has more names than it may: what nothing lists is forgotten first"
    CROWDED = "is played in as many selections as it may: players of others get 503"


_MOST_NAMED = 5

Warn = Callable[[PlaylistWarning, str, str], None]
"""Told about an warning, the local path of the playlist, and what more is known."""


class PlaylistWarnings:
    """Tells each warning of each playlist once."""

    def __init__(self, report: Warn) -> None:
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
            self._report(warning, path, more)
