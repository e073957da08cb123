"""Who is asking, according to a request's header fields.

A player sends the same fields with every request over a connection. What follows from
them is worked out once, and is valid as long as they are the same byte for byte.
"""

from dataclasses import KW_ONLY, dataclass, field
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
    """What follows from the header fields of requests on one connection."""

    head: RawHead = field(repr=False)
    origin: str | None
    """The web page that asks; None: no page, or one that need not send its origin."""
    _: KW_ONLY
    window: bool
    """Whether a browser opens the answer as a page of its own."""
    last: bool
    """Whether the connection must end after the answer: the request asks for another
    protocol, which we never use, and what follows may be in either (RFC 9110 section
    7.8)."""
    base_url: str = field(repr=False)
    """The start of absolute references; holds the access key, if there is one."""
    fields: Fields
    """Header fields for every answer to this caller."""
    lines: bytes
    """The same fields as bytes."""
    site: object = field(repr=False)
    """The site that accepted it; another site may refuse it."""

    @classmethod
    def of(
        cls, request: web.BaseRequest, cors: Cors, *, base_url: str, site: object
    ) -> Self:
        """Work out the caller of a request."""
        origin = request.headers.get(hdrs.ORIGIN)
        fields = _EVERYWHERE + cors.headers(origin)
        return cls(
            request.raw_headers,
            origin,
            window=request.headers.get("Sec-Fetch-Dest") == DOCUMENT,
            last=hdrs.UPGRADE in request.headers,
            base_url=base_url,
            fields=fields,
            lines=_kept_lines(fields),
            site=site,
        )


# There are as many different values as there are allowed origins.
_kept_lines = lru_cache(maxsize=64)(lines)
