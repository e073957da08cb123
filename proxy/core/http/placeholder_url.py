"""A harmless URL in place of a reference that players follow, but should not.

`http:///evil.example/a.ts` and `http://e%76il.example/` name no host according to RFC
3986, so they get no local name. Browsers accept them (WHATWG URL Standard) and would
bypass the proxy. FFmpeg follows `httpproxy://`. So every reference that is not a web
URL is replaced by a URL that leads nowhere, unless no player fetches it.
"""

import re
from hashlib import blake2b

# References that contain their own data, and identifiers for DRM systems. FFmpeg does
# not know the identifiers.
_DATA = re.compile(rb"data:", re.IGNORECASE)
_IDENTIFIER = re.compile(rb"(?:skd|urn):", re.IGNORECASE)
# A browser skips all slashes before a host, and treats a backslash as a slash.
_HOSTLESS = re.compile(rb"(?:https?:)?[/\\]*(?=[?#]|\Z)", re.IGNORECASE)
# A browser drops these characters everywhere in a URL.
_DROPPED = b"\t\r\n"
_ID_BYTES = 8


def stand_in(reference: bytes, *, listing: bool) -> str | None:
    """Return a URL that leads nowhere; None if no player follows the reference.

    The reference must not be a web URL. `listing` is true where a playlist, or a list
    of playlists, is expected: a data: URL there may contain any references. RFC 2606
    section 2: no host is ever called `.invalid`. The same reference always gets the
    same URL.
    """
    seen = reference.translate(None, _DROPPED).strip()
    harmless = _IDENTIFIER.match(seen) or (_DATA.match(seen) and not listing)
    # It has no host, as in `//#EXT-X-…`.
    if harmless or _HOSTLESS.match(seen):
        return None
    digest = blake2b(reference, digest_size=_ID_BYTES).hexdigest()
    return f"http://{digest}.invalid/"
