"""Where a token goes on a request, and how an old one is taken out.

Setting replaces: a value that is there already, echoed by the upstream, gives way at
its place and is never joined by a second one. Taking out goes by structure (this
parameter, this path part), never by comparing with a remembered value: a playlist
that was loaded under one token must not keep it under the next.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, unquote

from proxy.core import uri
from proxy.core.template import fill
from proxy.core.token import Token

# A shorter value is found in any URL by chance; so is a date in digits, which is part
# of many tokens but opens nothing.
_SHORTEST_SECRET = 8
# A target that came as a parameter of a parameter.
_DEEPEST_ENCODING = 3

BLANK = "*"
"""What stands where a path part was taken out. No platform uses it in a path."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What is sent: the URL and headers of one request, the token in place."""

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    carried: bool = False
    """Whether the request carries the token."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The values of the token as they were placed."""


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


@dataclass(frozen=True, slots=True)
class Reach:
    """Which requests get the token."""

    everything: bool
    """All requests, or the entry playlist alone."""
    origins: frozenset[str]
    """The origins that the token is bound to; no other ever gets it."""

    def holds(self, url: str) -> bool:
        """Tell whether the token is bound to the origin of this URL."""
        return uri.origin(url) in self.origins

    def covers(self, url: str, *, entry: bool) -> bool:
        """Tell whether a request for this URL gets the token."""
        return (entry or self.everything) and self.holds(url)


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the token of one stream goes, and where it never does."""

    placements: tuple[Placement, ...]
    reach: Reach

    def blank(self, url: str, *, entry: bool = False) -> str:
        """Return the URL as it is kept: without a token of ours, position remembered.

        A URL that the token's reach does not cover was signed by the platform and
        stays as it is.
        """
        if self.reach.covers(url, entry=entry):
            for placement in self.placements:
                url = placement.blank(url)
        return url

    def clean(self, url: str, *, entry: bool = False) -> str:
        """Return the URL like `blank`, but on another origin without an echo.

        For the target of a redirect: many servers hand the whole query on.
        """
        ours = self.reach.holds(url)
        return self.blank(url, entry=entry) if ours else self.bare(url)

    def bare(self, url: str) -> str:
        """Return the URL without the token, for names: nothing tells it was there."""
        ours = self.reach.holds(url)
        for placement in self.placements:
            url = placement.remove(url, ours=ours)
        return url

    def stamp(self, url: str, token: Token | None, *, entry: bool = False) -> Stamped:
        """Return what to send for this URL; nothing is placed out of reach."""
        if token is None or not self.reach.covers(url, entry=entry):
            return Stamped(url)
        headers: list[tuple[str, str]] = []
        for placement in self.placements:
            value = fill(placement.value, token.fields)
            url = placement.stamp(url, value)
            if header := placement.header(value):
                headers.append(header)
        secrets = frozenset(token.fields.values())
        return Stamped(url, _one_cookie_header(headers), carried=True, secrets=secrets)

    @property
    def hidden(self) -> frozenset[str]:
        """The query parameters, in lower case, whose value no player may see."""
        names = (p.name.lower() for p in self.placements if isinstance(p, Query))
        return frozenset(names)


def _one_cookie_header(
    headers: list[tuple[str, str]],
) -> tuple[tuple[str, str], ...]:
    # RFC 6265 section 5.4: a request has at most one Cookie header.
    cookies = [value for name, value in headers if name == "Cookie"]
    others = [header for header in headers if header[0] != "Cookie"]
    if cookies:
        others.append(("Cookie", "; ".join(cookies)))
    return tuple(others)


def gives_away(text: str, secrets: Iterable[str]) -> bool:
    """Tell whether a text holds the value of a token, percent-encoded or not."""
    guarded = [s for s in secrets if len(s) >= _SHORTEST_SECRET and not s.isdigit()]
    for _ in range(_DEEPEST_ENCODING + 1):
        if any(secret in text for secret in guarded):
            return True
        if "%" not in text or not guarded:
            return False
        text = unquote(text, "latin-1")
    return False


OPEN = Rule((), Reach(everything=False, origins=frozenset()))
"""The rule of a stream that needs no token."""
