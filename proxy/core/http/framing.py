"""How the end of a body is known."""

from collections.abc import Container
from enum import StrEnum

_BODILESS = frozenset({204, 304})


class Framing(StrEnum):
    """How the end of the body is known (RFC 9112 section 6.3)."""

    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"
    """By the end of the connection. That proves nothing: never call it complete."""
    NONE = "none"
    """There is no body."""


def framing_of(method: str, status: int, fields: Container[str]) -> Framing:
    """Return how the body of an answer ends.

    `method` is that of the request. `fields` are the names of the answer's fields, and
    must ignore case.
    """
    if method == "HEAD" or status in _BODILESS:
        return Framing.NONE
    if "Transfer-Encoding" in fields:
        return Framing.CHUNKED
    return Framing.LENGTH if "Content-Length" in fields else Framing.CLOSE
