"""Who asks, as the head of a request tells it, its first line apart.

A player sends the same head with one request after the other over a connection. What
follows from it is worked out once, and holds for as long as it comes byte for byte.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from aiohttp import hdrs, web

from proxy.core.http.fetch_metadata import DOCUMENT
from proxy.core.http.headers import Fields
from proxy.web.cors import Cors
from proxy.web.reply import lines

SERVER = "hls-auth-proxy"
_EVERYWHERE: Fields = ((hdrs.SERVER, SERVER), ("X-Content-Type-Options", "nosniff"))

RawHead = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """What follows from a head, on the connection that it came over."""

    head: RawHead = field(repr=False)
    origin: str | None
    """The page that asks; None: no page, or one that need not say so."""
    window: bool
    """Whether a browser opens the answer in a window of its own."""
    last: bool
    """Whether the connection ends after the answer. It asks for another protocol, which
    is never taken up; what follows may be meant in either (RFC 9110 section 7.8)."""
    base_url: str = field(repr=False)
    """Where absolute references begin for it; holds the access key, if there is one."""
    fields: Fields
    """The fields of every answer to it."""
    lines: bytes
    """The same as they are written."""
    site: object = field(repr=False)
    """What it was met by; another one may refuse it."""

    @classmethod
    def of(
        cls, request: web.BaseRequest, cors: Cors, *, base_url: str, site: object
    ) -> Self:
        """Read the head of a request."""
        origin = request.headers.get(hdrs.ORIGIN)
        fields = _EVERYWHERE + cors.headers(origin)
        return cls(
            request.raw_headers,
            origin,
            request.headers.get("Sec-Fetch-Dest") == DOCUMENT,
            hdrs.UPGRADE in request.headers,
            base_url,
            fields,
            _kept_lines(fields),
            site,
        )


# There are as many as there are listed pages.
_kept_lines = lru_cache(maxsize=64)(lines)
