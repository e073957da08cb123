"""Where a token goes on a request, and how an old one is taken out.

Setting replaces: a value that is there already, echoed by the upstream, gives way at
its place and is never joined by a second one. Taking out goes by structure (this
parameter, this path part), never by comparing with a remembered value: a playlist
that was loaded under one token must not keep it under the next.

`rule` says which requests it goes on at all.
"""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from proxy.core import uri

BLANK = "*"
"""What stands where a path part was taken out. No platform uses it in a path."""


class Placement(Protocol):
    """One place of a request and the text that goes there."""

    @property
    def value(self) -> str:
        """The template of the text: `{token}`, `Bearer {token}`."""
        ...

    def blank(self, url: str) -> str:
        """Take an old value out of the URL and remember its position."""
        ...

    def remove(self, url: str, *, ours: bool) -> str:
        """Take an old value out of the URL without a trace, where one may be.

        `ours` tells whether the URL lies on an origin that the token is bound to.
        """
        ...

    def stamp(self, url: str, value: str) -> str:
        """Put the value into the URL, if that is the place."""
        ...

    def header(self, value: str) -> tuple[str, str] | None:
        """Return the header that carries the value, if that is the place."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter."""

    name: str
    value: str = "{token}"

    def blank(self, url: str) -> str:
        """Empty the parameter, if it is there."""
        if uri.query_value(uri.split(url).query, self.name) is None:
            return url
        return uri.set_query(url, self.name, "")

    def remove(self, url: str, *, ours: bool) -> str:
        """Drop the parameter; on another origin too, where it may be an echo."""
        del ours
        return uri.drop_query(url, {self.name.lower()}) if "?" in url else url

    def stamp(self, url: str, value: str) -> str:
        """Set the parameter."""
        return uri.set_query(url, self.name, value)

    def header(self, value: str) -> None:
        """Return nothing: a query parameter is no header."""
        del value


@dataclass(frozen=True, slots=True)
class PathPart:
    """A part of the path, counted from 1, that the token replaces."""

    part: int
    value: str = "{token}"

    def blank(self, url: str) -> str:
        """Put a mark in the place of the part."""
        return self._put(url, BLANK)

    def remove(self, url: str, *, ours: bool) -> str:
        """Put a mark in the place of the part; another origin's path is its own."""
        return self._put(url, BLANK) if ours else url

    def stamp(self, url: str, value: str) -> str:
        """Put the value in the place of the part."""
        return self._put(url, quote(value, safe="~"))

    def header(self, value: str) -> None:
        """Return nothing: a path part is no header."""
        del value

    def _put(self, url: str, text: str) -> str:
        parts = uri.split(url)
        path = parts.path.split("/")
        if self.part >= len(path):
            return url
        path[self.part] = text
        return uri.join(parts._replace(path="/".join(path)))


@dataclass(frozen=True, slots=True)
class Header:
    """A request header."""

    name: str
    value: str = "{token}"

    def blank(self, url: str) -> str:
        """Return the URL as it is."""
        return url

    def remove(self, url: str, *, ours: bool) -> str:
        """Return the URL as it is."""
        del ours
        return url

    def stamp(self, url: str, value: str) -> str:
        """Return the URL as it is."""
        del value
        return url

    def header(self, value: str) -> tuple[str, str]:
        """Return the header."""
        return self.name, value


@dataclass(frozen=True, slots=True)
class Cookie(Header):
    """A cookie of the request."""

    def header(self, value: str) -> tuple[str, str]:
        """Return the Cookie header with this one cookie."""
        return "Cookie", f"{self.name}={value}"
