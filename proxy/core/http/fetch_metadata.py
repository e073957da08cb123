"""What a browser says a request is for (W3C Fetch Metadata, Sec-Fetch-Dest).

Pages play media and fetch playlists; they have no business to show what we serve in a
frame, or to run it. A person may open a playlist or a page of ours in a window of its
own. No page can leave the field out or change it, and players that are no browsers do
not send it.
"""

DOCUMENT = "document"
"""A window of its own: an address that was typed in or clicked on."""

_FETCHED = frozenset({"", "audio", "empty", "image", "track", "video", DOCUMENT})
_PLAYLISTS = (".m3u8", ".m3u")


def is_active(destination: str) -> bool:
    """Tell whether the answer would be framed or run in a page."""
    return destination not in _FETCHED


def opens(path: str) -> bool:
    """Tell whether what lies at a path below a stream may have a window of its own.

    Safari and Chromium play a playlist that is opened so.
    """
    return path.endswith(_PLAYLISTS)
