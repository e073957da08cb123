"""HTTP headers in the configuration: names, values, and users."""

import re
from typing import Annotated

from pydantic import AfterValidator

from proxy.core.http.headers import is_clean
from proxy.settings.errors.mistakes import shown, wrong

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
# These describe the encoding of the message, or belong to a single request.
_NOT_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "if-range",
        "keep-alive",
        "proxy-connection",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def header_name(name: str) -> str:
    """Return the name of a header that may be configured; raise `Wrong` for others."""
    if not is_http_token(name):
        raise wrong(shown(name), "expected the name of a header")
    if name.lower() in _NOT_OURS:
        raise wrong(shown(name), "expected a header that the proxy does not set itself")
    return name


def header_value(value: str) -> str:
    """Return a header's value; raise `Wrong` unless it is one line of plain text."""
    if not is_clean(value) or not value.isascii():
        raise wrong("is not one line of ASCII", "expected one line of ASCII")
    return value


def is_http_token(text: str) -> bool:
    """Return whether a string is a token of RFC 9110, as header names are."""
    return _TOKEN.fullmatch(text) is not None


def user(text: str) -> str:
    """Return the user of Basic authentication; raise `Wrong` if it is invalid."""
    if ":" in text:
        raise wrong("has a colon", "expected a user without a colon (RFC 7617)")
    return header_value(text)


User = Annotated[str, AfterValidator(user)]
"""The user of Basic authentication."""
HeaderName = Annotated[str, AfterValidator(header_name)]
HeaderValue = Annotated[str, AfterValidator(header_value)]
