"""The field Cache-Status, which shows if an answer came from the store (RFC 9211)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from proxy.core.http.structured import quoted

CACHE = "hls-auth-proxy"
"""The name of our cache in the field."""

# RFC 8941 section 3.3.4: a token. `detail` may be a token or a string.
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStatus:
    """How a cache handled a request. Nothing in it may be secret: players get it."""

    hit: bool = False
    """Whether the answer came from the store, without the upstream."""
    fwd: str = ""
    """Why the upstream was asked: uri-miss, miss, stale, bypass, request or partial.

    Empty if it was not asked; never set on a hit.
    """
    stored: bool = False
    """Whether the upstream's answer is kept for others."""
    collapsed: bool = False
    """Whether one request to the upstream serves several players."""
    ttl: int | None = None
    """For how many more seconds it is fresh; negative if it is stale."""
    detail: str = ""
    """A short remark for the operator."""

    @property
    def line(self) -> str:
        """The value of the field: `hls-auth-proxy; hit; ttl=5`."""
        return _line(self)


NOT_KEPT = CacheStatus(fwd="bypass")
"""The status of answers that the store does not keep."""


# There are few different values, and each answer needs one.
@lru_cache(maxsize=1024)
def _line(status: CacheStatus) -> str:
    value = CACHE
    if status.hit:
        value += "; hit"
    elif status.fwd:
        value += f"; fwd={status.fwd}"
    if status.ttl is not None:
        value += f"; ttl={status.ttl}"
    if status.stored:
        value += "; stored"
    if status.collapsed:
        value += "; collapsed"
    if status.detail:
        plain = _TOKEN.fullmatch(status.detail)
        value += f"; detail={status.detail if plain else quoted(status.detail)}"
    return value
