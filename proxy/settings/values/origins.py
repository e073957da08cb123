"""URLs and origins in the configuration. URLs may contain secrets, so none is shown."""

import re
from typing import Annotated

from pydantic import AfterValidator

from proxy.core.http import uri
from proxy.core.http.authority import names_host
from proxy.settings.errors.mistakes import Wrong, described, shown, wrong

# The characters of RFC 3986, section 2. Braces are excluded, so no placeholder is left.
_URL = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_PORT = re.compile(r":([0-9]{1,10})$")
_LAST_PORT = 65_535
_LONG = 12  # longer than any scheme here; it could be a secret in the wrong place
_SCHEMES = frozenset({"http", "https"})


def checked_url(url: str) -> str:
    """Return an absolute http(s) URL unchanged; raise `Wrong` for anything else."""
    parts = uri.split(url)
    if not _names_web_host(parts):
        raise _unlike_url(parts)
    if not _URL.fullmatch(url):
        raise wrong(
            "has characters that a URL may not have", "expected them percent-encoded"
        )
    if parts.fragment is not None:
        raise wrong("has a fragment", "expected a URL without # and what follows")
    return url


def checked_origin(text: str) -> str:
    """Return `scheme://host[:port]` in lower case and without a default port."""
    parts = uri.split(text)
    bare = not parts.path and parts.query is None and parts.fragment is None
    if not (bare and _names_web_host(parts)) or "@" in text:
        found = described(text) if {"@", "?"} & set(text) else shown(text)
        raise wrong(
            found, "expected an origin such as https://host or http://host:8080"
        )
    return uri.origin(text)


def _names_web_host(parts: uri.UriParts) -> bool:
    if parts.scheme.lower() not in _SCHEMES or not parts.authority:
        return False
    return names_host(parts.authority)


def _unlike_url(parts: uri.UriParts) -> Wrong:
    """Return what is wrong with a URL; it shows nothing but a scheme or a port."""
    scheme, authority = parts.scheme.lower(), parts.authority or ""
    known = scheme in _SCHEMES or len(scheme) >= _LONG
    if scheme and not known and parts.authority is not None:
        return wrong(f'has the scheme "{scheme}"', "expected http or https")
    if (port := _PORT.search(authority)) and int(port[1]) > _LAST_PORT:
        return wrong(f"has the port {port[1]}", f"expected one up to {_LAST_PORT}")
    found = "is not a URL" if parts.authority is None else "has no valid host"
    return wrong(found, "expected one such as https://host/live.m3u8")


OriginText = Annotated[str, AfterValidator(checked_origin)]
"""An origin in a model, in normalized form."""
