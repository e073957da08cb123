"""A URL in the place of one that browsers follow, though nobody should.

`http:///evil.example/a.ts` and `http://e%76il.example/` name no host by RFC 3986, so no
local name can be made of them. Browsers read them all the same (WHATWG URL Standard)
and would go there, past us. Such a reference gets a name whose URL leads nowhere.
"""

import re
from hashlib import blake2b
from urllib.parse import unquote_to_bytes

# A browser skips all slashes before a host, and takes a backslash for one.
_WEB = re.compile(rb"(?:https?:|(?=//))[/\\]*([^/\\?#]*)", re.IGNORECASE)
# It drops these wherever they stand, and fails at a host that holds one of the others.
_DROPPED = b"\t\r\n"
_FORBIDDEN = re.compile(rb"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_ID_BYTES = 8


def stand_in(reference: bytes) -> str | None:
    """Return a URL that leads nowhere; None where no browser follows the reference.

    RFC 2606 section 2: no host is ever called `.invalid`. One reference always has the
    same URL.
    """
    found = _WEB.match(reference.translate(None, _DROPPED))
    if found is None:
        return None
    written = found[1].rpartition(b"@")[2]
    host = written if written[:1] == b"[" else written.partition(b":")[0]
    host = unquote_to_bytes(host)
    # Without a host, as in `//#EXT-X-…`, or with one that no browser reads.
    if not host or _FORBIDDEN.search(host):
        return None
    digest = blake2b(reference, digest_size=_ID_BYTES).hexdigest()
    return f"http://{digest}.invalid/"
