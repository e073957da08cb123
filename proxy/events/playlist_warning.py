"""What an operator should know about a playlist."""

from dataclasses import dataclass
from enum import StrEnum


class PlaylistWarning(StrEnum):
    """A problem that cannot be seen in the playlist itself."""

    DRM = "protected by DRM, which is not proxied: it will not play"
    ADDRESS = "names addresses that are not allowed: see origins and follow"
    CLASH = "gives one name to different URLs: volatile leaves out too much"
    UNREAD = "has references that could not be understood"
    UNSTEERED = "has clones of what has no stable ID: it plays, but is not steered"
    FULL = "has more names than it may: what nothing lists is forgotten first"
    CROWDED = "is played in as many selections as it may: players of others get 503"


@dataclass(frozen=True, slots=True)
class PlaylistWarned:
    """A warning about one playlist; each warning is reported once."""

    stream: str
    warning: PlaylistWarning
    path: str
    """The local path of the playlist."""
    more: str = ""
    """Details: origins that are not allowed, or a setting that helps."""
