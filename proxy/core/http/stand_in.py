"""A URL in the place of one that players follow, though nobody should.

`http:///evil.example/a.ts` and `http://e%76il.example/` name no host by RFC 3986, so no
local name can be made of them. Browsers read them all the same (WHATWG URL Standard)
and would go there, past us. FFmpeg goes where `httpproxy://` says. Whatever is no web
URL gets one that leads nowhere, unless nobody fetches it.
"""

import re
from hashlib import blake2b

# Bytes in the reference itself, and identifiers for DRM systems. FFmpeg knows neither
# of the latter.
_DATA = re.compile(rb"data:", re.IGNORECASE)
_IDENTIFIER = re.compile(rb"(?:skd|urn):", re.IGNORECASE)
# A browser skips all slashes before a host, and takes a backslash for one.
_HOSTLESS = re.compile(rb"(?:https?:)?[/\\]*(?=[?#]|\Z)", re.IGNORECASE)
# It drops these wherever they stand.
_DROPPED = b"\t\r\n"
_ID_BYTES = 8


def stand_in(reference: bytes, *, listing: bool) -> str | None:
    """Return a URL that leads nowhere; None where no player goes by the reference.

    The reference is one that is no web URL. `listing` tells that it stands where a
    playlist or a list of such belongs: bytes there may refer to anything. RFC 2606
    section 2: no host is ever called `.invalid`. One reference always has the same URL.
    """
    seen = reference.translate(None, _DROPPED).strip()
    harmless = _IDENTIFIER.match(seen) or (_DATA.match(seen) and not listing)
    # Without a host, as in `//#EXT-X-…`.
    if harmless or _HOSTLESS.match(seen):
        return None
    digest = blake2b(reference, digest_size=_ID_BYTES).hexdigest()
    return f"http://{digest}.invalid/"
