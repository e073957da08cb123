"""Which web pages may use the proxy: its own, and those of the configured origins.

Players outside browsers send neither Origin nor Sec-Fetch-Site, so none of this applies
to them. No page needs credentials, so none are allowed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import hdrs

from proxy.core.http import uri
from proxy.core.http.headers import Fields
from proxy.web.reply import WholeReply

METHODS = "GET, HEAD, OPTIONS"

# Another port of this machine is the same site, but not the same origin.
_FOREIGN = frozenset({"cross-site", "same-site"})

_REQUEST_FIELDS = (
    "Range, If-Range, If-None-Match, If-Modified-Since, X-PLAYBACK-SESSION-ID, "
    "CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status"
)
_RESPONSE_FIELDS = (
    "Content-Length, Content-Range, Accept-Ranges, Date, Age, ETag, Last-Modified, "
    "Retry-After, Proxy-Status, Cache-Status, CMSD-Static, CMSD-Dynamic"
)
# Pages of allowed origins show images and play media without a CORS request. Requests
# from other pages are refused earlier.
_OURS_ALONE = ("Cross-Origin-Resource-Policy", "same-origin")
_ANYBODYS = ("Cross-Origin-Resource-Policy", "cross-origin")
# An origin as browsers write it. Anything else is not repeated in our texts.
_SHOWN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,100}")
# The longest time that Chromium caches a preflight: 2 hours.
_PREFLIGHT_SECONDS = "7200"


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins whose pages may use the proxy, each as a browser writes it."""

    origins: frozenset[str] = frozenset()

    def refuses(self, headers: Mapping[str, str], *, host: str) -> bool:
        """Return whether a foreign page asks; `host` is ours and already checked."""
        own = (f"http://{host}", f"https://{host}")
        origin = headers.get(hdrs.ORIGIN)
        if origin is not None:
            return origin not in self.origins and origin not in own
        # A page's `<video src>` or `<img>` is requested without Origin. The Referer
        # names the page, which cannot forge it. By default it holds the page's origin
        # (strict-origin-when-cross-origin). From HTTPS to HTTP there is none; Chromium
        # sends none even to this machine.
        referer = headers.get(hdrs.REFERER)
        page = uri.origin(referer or "")
        site = headers.get("Sec-Fetch-Site")
        if site is None:
            # Browsers omit Sec-Fetch-Site for plain HTTP on another machine.
            return bool(referer) and page not in self.origins and page not in own
        return site in _FOREIGN and page not in self.origins

    def page(self, headers: Mapping[str, str]) -> str:
        """Return the origin of the page that asks, in a form that is safe to show."""
        named = headers.get(hdrs.ORIGIN) or headers.get(hdrs.REFERER) or ""
        origin = uri.origin(named)
        return origin if _SHOWN.fullmatch(origin) else "a page of another origin"

    def headers(self, origin: str | None) -> Fields:
        """Return the fields of every answer; without them browsers withhold it."""
        if not self.origins:
            return (_OURS_ALONE,)
        if origin not in self.origins or origin is None:
            return (("Vary", "Origin"), _ANYBODYS)
        return (
            ("Vary", "Origin"),
            _ANYBODYS,
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", _RESPONSE_FIELDS),
        )

    def options(self, origin: str | None) -> WholeReply:
        """Answer OPTIONS: the allowed methods, and the fields that a page may send."""
        headers: Fields = (("Allow", METHODS),)
        if origin in self.origins:
            headers += (
                ("Access-Control-Allow-Methods", METHODS),
                ("Access-Control-Allow-Headers", _REQUEST_FIELDS),
                ("Access-Control-Max-Age", _PREFLIGHT_SECONDS),
            )
        return WholeReply(204, headers)
