"""Where a token goes on a request, and how an old one is taken out.

Setting replaces: a value that is there already, echoed by the upstream, gives way at
its place and is never joined by a second one. Taking out goes by structure (this
parameter, this path part), never by comparing with a remembered value: a playlist
that was loaded under one token must not keep it under the next. Query parameters are
found in any case when they are set and when they are taken out, so what is sent less
the token is what was signed.

`path_placement` has the places in a path; `rule` says which requests it goes on at all.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote

from proxy.core.http import uri
from proxy.core.tokens.templates.template import fill

BLANK = "*"
"""What stands where a path part was taken out. No platform uses it in a path."""

TokenFields = Mapping[str, str]
"""The fields of a token, which templates name."""


class Placement(Protocol):
    """One place of a request, and the template of the text that goes there."""

    @property
    def parameters(self) -> frozenset[str]:
        """The query parameters that are its place, in lower case."""
        ...

    def blank(self, url: str) -> str:
        """Take an old value out of the URL and remember its position."""
        ...

    def remove(self, url: str, *, ours: bool) -> str:
        """Take an old value out of the URL without a trace, where one may be.

        `ours` tells whether the URL lies on an origin that the token is bound to.
        """
        ...

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Put the token into the URL, if that is the place."""
        ...

    def header(self, fields: TokenFields) -> tuple[str, str] | None:
        """Return the header that carries the token, if that is the place."""
        ...


class InUrl:
    """What the places in a URL share."""

    __slots__ = ()

    @property
    def parameters(self) -> frozenset[str]:
        """None, unless it is one."""
        return frozenset()

    def header(self, fields: TokenFields) -> None:
        """Return nothing: such a place is no header."""
        del fields


@dataclass(frozen=True, slots=True)
class Query(InUrl):
    """A query parameter."""

    name: str
    value: str = "{token}"
    raw: bool = False
    """Whether what may stand in a query stays as it is (Akamai, Google)."""

    @property
    def parameters(self) -> frozenset[str]:
        """This one."""
        return frozenset({self.name.lower()})

    def blank(self, url: str) -> str:
        """Empty the parameter, if it is there."""
        return _emptied(url, self.name)

    def remove(self, url: str, *, ours: bool) -> str:
        """Drop the parameter; on another origin too, where it may be an echo."""
        del ours
        return uri.drop_query(url, self.parameters) if "?" in url else url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Set the parameter."""
        text = fill(self.value, fields)
        return uri.set_query(url, self.name, text, raw=self.raw, any_case=True)


@dataclass(frozen=True, slots=True)
class QueryText(InUrl):
    """Several query parameters, written as they stand in a query.

    For tokens that are a piece of a query themselves (Google, CloudFront). Of the text
    those parameters are placed that `names` lists: no other could be taken out again.
    """

    names: tuple[str, ...]
    value: str = "{token}"

    @property
    def parameters(self) -> frozenset[str]:
        """All of them."""
        return frozenset(name.lower() for name in self.names)

    def blank(self, url: str) -> str:
        """Empty those that are there."""
        for name in self.names:
            url = _emptied(url, name)
        return url

    def remove(self, url: str, *, ours: bool) -> str:
        """Drop them; on another origin too, where they may be an echo."""
        del ours
        return uri.drop_query(url, self.parameters) if "?" in url else url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Set those in the text; drop those that the text has not."""
        pairs = (pair.partition("=") for pair in fill(self.value, fields).split("&"))
        given = {unquote(name): value for name, _, value in pairs}
        gone = {name.lower() for name in self.names if name not in given}
        if gone and "?" in url:
            url = uri.drop_query(url, gone)
        for name, value in given.items():
            if name in self.names:
                url = uri.set_query(url, name, value, raw=True, any_case=True)
        return url


def _emptied(url: str, name: str) -> str:
    if "?" not in url or not uri.has_query(url, name):
        return url
    return uri.set_query(url, name, "", any_case=True)


@dataclass(frozen=True, slots=True)
class Header:
    """A request header."""

    name: str
    value: str = "{token}"

    @property
    def parameters(self) -> frozenset[str]:
        """None: a header is no query parameter."""
        return frozenset()

    def blank(self, url: str) -> str:
        """Return the URL as it is."""
        return url

    def remove(self, url: str, *, ours: bool) -> str:
        """Return the URL as it is."""
        del ours
        return url

    def stamp(self, url: str, fields: TokenFields) -> str:
        """Return the URL as it is."""
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
    """Basic authentication: `name` is the template of the user, `value` the password's.

    RFC 7617, in UTF-8.
    """

    def header(self, fields: TokenFields) -> tuple[str, str]:
        """Return the Authorization header."""
        pair = f"{fill(self.name, fields)}:{fill(self.value, fields)}".encode()
        return "Authorization", f"Basic {base64.b64encode(pair).decode()}"
