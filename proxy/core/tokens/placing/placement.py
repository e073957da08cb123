"""Where a token goes on a request, and how an old one is removed.

Setting a token replaces the old value in the same position, for example one that the
upstream echoed. It never adds a second one. An old token is found by structure (this
parameter, this path part), never by comparing with a remembered value: a playlist that
was loaded with one token must not keep it when the next token is in use. Query
parameters match in any case, both when they are set and when they are removed. So the
request without its token is exactly what was signed.

`path_placement` has the places in a path. `rule` decides which requests get the token.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from proxy.core.http.uri_query import drop_query, has_query, set_query
from proxy.core.tokens.templates.template import fill

BLANK = "*"
"""The placeholder for a removed path part. No platform uses it in a path."""

TokenFields = Mapping[str, str]
"""The fields of a token, by the names that templates use."""


class Placement(Protocol):
    """One place on a request, and the template of the text that goes there."""

    @property
    def parameters(self) -> frozenset[str]:
        """The query parameters that this placement sets, in lower case."""
        ...

    def blank(self, url: str) -> str:
        """Remove an old value from the URL but keep its position."""
        ...

    def remove(self, url: str, *, ours: bool) -> str:
        """Remove an old value from the URL completely, if there is one.

        `ours` says whether the URL is on an origin that the token is bound to.
        """
        ...

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Put the token into the URL, if it belongs there."""
        ...

    def header(self, fields: TokenFields) -> tuple[str, str] | None:
        """Return the header that carries the token, if it belongs in a header."""
        ...


class InUrl:
    """What all places in a URL have in common."""

    __slots__ = ()

    @property
    def parameters(self) -> frozenset[str]:
        """Empty, unless the place is a query parameter."""
        return frozenset()

    def header(self, fields: TokenFields) -> None:
        """Return None: a place in the URL sets no header."""
        del fields


@dataclass(frozen=True, slots=True)
class Query(InUrl):
    """A query parameter."""

    name: str
    value: str = "{token}"
    raw: bool = False
    """Whether characters that are legal in a query stay unescaped (Akamai, Google)."""

    @property
    def parameters(self) -> frozenset[str]:
        """This parameter."""
        return frozenset({self.name.lower()})

    def blank(self, url: str) -> str:
        """Empty the parameter, if present."""
        return _emptied(url, self.name)

    def remove(self, url: str, *, ours: bool) -> str:
        """Drop the parameter, also on another origin, where it may be an echo."""
        del ours
        return drop_query(url, self.parameters) if "?" in url else url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Set the parameter."""
        text = fill(self.value, fields)
        return set_query(url, self.name, text, raw=self.raw, any_case=True)


@dataclass(frozen=True, slots=True)
class QueryText(InUrl):
    """Several query parameters, written as they appear in a query.

    For tokens that are themselves part of a query (Google, CloudFront). Only the
    parameters listed in `names` are copied from the text: others could not be removed
    again.
    """

    names: tuple[str, ...]
    value: str = "{token}"

    @property
    def parameters(self) -> frozenset[str]:
        """All listed parameters."""
        return frozenset(name.lower() for name in self.names)

    def blank(self, url: str) -> str:
        """Empty the parameters that are present."""
        for name in self.names:
            url = _emptied(url, name)
        return url

    def remove(self, url: str, *, ours: bool) -> str:
        """Drop the parameters, also on another origin, where they may be an echo."""
        del ours
        return drop_query(url, self.parameters) if "?" in url else url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Set the parameters in the text; drop listed ones that it lacks."""
        pairs = (pair.partition("=") for pair in fill(self.value, fields).split("&"))
        given = {unquote(name): value for name, _, value in pairs}
        gone = {name.lower() for name in self.names if name not in given}
        if gone and "?" in url:
            url = drop_query(url, gone)
        for name, value in given.items():
            if name in self.names:
                url = set_query(url, name, value, raw=True, any_case=True)
        return url


def _emptied(url: str, name: str) -> str:
    if "?" not in url or not has_query(url, name):
        return url
    return set_query(url, name, "", any_case=True)


@dataclass(frozen=True, slots=True)
class Header:
    """A request header."""

    name: str
    value: str = "{token}"

    @property
    def parameters(self) -> frozenset[str]:
        """Empty: a header is not a query parameter."""
        return frozenset()

    def blank(self, url: str) -> str:
        """Return the URL unchanged."""
        return url

    def remove(self, url: str, *, ours: bool) -> str:
        """Return the URL unchanged."""
        del ours
        return url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Return the URL unchanged."""
        del fields
        return url

    def header(self, fields: TokenFields) -> tuple[str, str]:
        """Return the header."""
        return self.name, fill(self.value, fields)


@dataclass(frozen=True, slots=True)
class Cookie(Header):
    """A cookie of the request."""

    def header(self, fields: TokenFields) -> tuple[str, str]:
        """Return the Cookie header with this one cookie."""
        return "Cookie", f"{self.name}={fill(self.value, fields)}"


@dataclass(frozen=True, slots=True)
class Basic(Header):
    """Basic authentication: `name` is the user's template, `value` the password's.

    RFC 7617, in UTF-8.
    """

    def header(self, fields: TokenFields) -> tuple[str, str]:
        """Return the Authorization header."""
        pair = f"{fill(self.name, fields)}:{fill(self.value, fields)}".encode()
        return "Authorization", f"Basic {base64.b64encode(pair).decode()}"
