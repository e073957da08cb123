"""The expiry of a URL that the platform has signed, as far as the URL shows it."""

import contextlib
from collections.abc import Iterator
from urllib.parse import unquote

from proxy.core.http import uri
from proxy.core.tokens.times.embedded_end import inner_end
from proxy.core.tokens.times.jwt_times import read_jwt
from proxy.errors import ExpiryError


def url_end(url: str) -> float | None:
    """Return when a URL expires, in epoch seconds of its issuer; None if unknown.

    If it shows several expiries, the first one counts.
    """
    ends = (_end(text) for text in _texts(url))
    return min((end for end in ends if end is not None), default=None)


def _texts(url: str) -> Iterator[str]:
    """Yield the texts that may have an expiry: the query, its values, path parts."""
    parts = uri.split(url)
    if parts.query:
        yield parts.query
        for pair in parts.query.split("&"):
            yield unquote(pair.partition("=")[2])
    for part in parts.path.split("/"):
        if part:
            yield unquote(part)


def _end(text: str) -> float | None:
    with contextlib.suppress(ExpiryError):
        if times := read_jwt(text):
            return times.expires_at
    return inner_end(text)
