"""What a browser says a request is for (W3C Fetch Metadata, Sec-Fetch-Dest).

Pages may play media and fetch playlists. They have no reason to show our answers in a
frame, or to run them as code. A person may open a playlist or a page of ours in its own
window. Pages cannot omit or change the field, and players other than browsers do not
send it.
"""

DOCUMENT = "document"
"""A top-level window: an address that was typed in or clicked on."""

_FETCHED = frozenset({"", "audio", "empty", "image", "track", "video", DOCUMENT})
_PLAYLISTS = (".m3u8", ".m3u")


def is_active(destination: str) -> bool:
    """Return whether a page would show the answer in a frame, or run it."""
    return destination not in _FETCHED


def opens(path: str) -> bool:
    """Return whether a path below a stream may be opened in its own window.

    Safari and Chromium play a playlist that is opened this way.
    """
    return path.endswith(_PLAYLISTS)
