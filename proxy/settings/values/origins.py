"""URLs and origins in the configuration. A URL may hold secrets: none is ever shown."""

import re
from typing import Annotated

from pydantic import AfterValidator

from proxy.core.http import uri
from proxy.core.http.authority import names_host
from proxy.settings.errors.mistakes import described, shown, wrong

# What RFC 3986, section 2, has a place for; no braces, so no hole is left open.
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_SCHEMES = frozenset({"http", "https"})


def checked_url(url: str) -> str:
    """Return an absolute http(s) URL as it is; raise `Wrong` for any other text."""
    parts = uri.split(url)
    if not _names_web_host(parts):
        raise wrong("is no URL of a host", "want one like https://host/live.m3u8")
    if not _URL.fullmatch(url):
        raise wrong("has characters that no URL may have", "want them percent-encoded")
    if parts.fragment is not None:
        raise wrong("has a fragment", "want the URL without # and what follows")
    return url


def checked_origin(text: str) -> str:
    """Return `scheme://host[:port]` in lower case and without a default port."""
    parts = uri.split(text)
    bare = not parts.path and parts.query is None and parts.fragment is None
    if not (bare and _names_web_host(parts)) or "@" in text:
        found = described(text) if {"@", "?"} & set(text) else shown(text)
        raise wrong(found, "want an origin like https://host or http://host:8080")
    return uri.origin(text)


def _names_web_host(parts: uri.Parts) -> bool:
    if parts.scheme.lower() not in _SCHEMES or not parts.authority:
        return False
    return names_host(parts.authority)


Origin = Annotated[str, AfterValidator(checked_origin)]
"""An origin in a model, in its one normal form."""
