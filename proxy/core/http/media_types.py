"""Which media types a relayed body may have.

What an upstream sends must never become a document of our own origin: a page with a
script could read everything that we serve. So types that a browser renders or runs are
not passed on. A body of such a type is relayed as plain bytes.
"""

import re
from functools import lru_cache

from proxy.core.kind import Kind

BYTES = "application/octet-stream"

# RFC 9110 section 8.3.1, but stricter. No comma outside of quotes: browsers read the
# text after it as another type (WHATWG Fetch, "extract a MIME type").
_FORM = re.compile(
    r"([a-z]+)/([a-z0-9][a-z0-9.+_-]*)"
    r"""(?:[ \t]*;[ \t]*[a-z0-9_-]+=(?:[a-z0-9.+_/:'-]+|"[^"\\]*"))*""",
    re.IGNORECASE,
)
_PLAYED = frozenset({"audio", "video"})
_PASSIVE = frozenset(
    {
        BYTES,
        "application/json",
        "application/mp4",
        "application/x-subrip",
        "binary/octet-stream",
        # For several ranges: no browser shows it.
        "multipart/byteranges",
        "text/plain",
        "text/vtt",
    }
)


# There are few different values.
@lru_cache(256)
def relayed_type(kind: Kind, said: str) -> str:
    """Return the Content-Type of a relayed body; `said` is the upstream's.

    Keys are always plain bytes, whatever type the upstream declares.
    """
    found = _FORM.fullmatch(said.strip())
    if found is None or kind is Kind.KEY:
        return BYTES
    top, sub = found[1].lower(), found[2].lower()
    # SVG runs scripts; other XML types may too.
    picture = top == "image" and "xml" not in sub
    played = top in _PLAYED and "xml" not in sub
    return said if picture or played or f"{top}/{sub}" in _PASSIVE else BYTES
