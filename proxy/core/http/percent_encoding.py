"""Percent-encodes what a URL must not contain, and nothing that is encoded already."""

import re
from urllib.parse import quote

# Bytes that RFC 3986, section 2, does not allow in a URI. The percent sign is not
# included: an escape is never changed, not even a broken one.
_UNSAFE = re.compile(rb"[^\x21-\x7E]|[\"<>\\^`{|}]")

_ESCAPE = re.compile(r"(%[0-9A-Fa-f]{2})")
# RFC 3986, sections 3.3 and 3.4.
IN_PART = "!$&'()*+,;=:@~"
"""Characters that are allowed in a part of a path, in addition to unreserved ones."""
IN_VALUE = "!$'()*+,;=:@/?~"
"""The same for the value of a query parameter."""


def encode(reference: bytes) -> str:
    """Percent-encode the bytes that no URI may contain, in any text encoding."""
    return _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], reference).decode("ascii")


def legal(text: str, allowed: str) -> str:
    """Percent-encode what is neither unreserved, nor allowed, nor already encoded."""
    parts = _ESCAPE.split(text)
    return "".join(
        part if odd % 2 else quote(part, safe=allowed) for odd, part in enumerate(parts)
    )
