"""Which requests get the token of a stream, and what is sent then.

A token is bound to origins. It goes nowhere else, whatever a playlist or a redirect
says; an echo of it that the upstream wrote into a URL does not either.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from proxy.core.http import uri
from proxy.core.http.cookies import with_one_cookie_field
from proxy.core.http.headers import Fields
from proxy.core.tokens.placing.path_placement import PathPart
from proxy.core.tokens.placing.placement import Placement
from proxy.core.tokens.secrets.credentials import secrets_of_url
from proxy.core.tokens.templates.template import fill
from proxy.core.tokens.token import Token

# MD5 in base64, without its padding; the ids of keys are shorter, and are no secrets.
_SHORTEST_SIGNATURE = 22


@dataclass(frozen=True, slots=True)
class Stamped:
    """What is sent: the URL and headers of one request, the token in place."""

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    carried: bool = False
    """Whether the request carries the token."""
    handed_on: bool = False
    """Whether what it redirects to stands for the token: one that opens once, or that
    is a URL, is refused there if it is refused."""
    moved: bool = False
    """Whether the token itself is the URL: children are relative to that."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The values of the token as they were placed."""
    until: float | None = None
    """When the token is sent no more, in epoch seconds; None if that is unknown."""


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
class WholeUrl:
    """The place of a token that is itself the URL of the entry (Vimeo, Gcore)."""

    entry: str = field(repr=False)
    """The configured URL, which it takes the place of and names are taken from."""
    value: str = "{token}"
    """The template of the URL, for a token that has it as a field."""

    def of(self, token: Token) -> str:
        """Return the URL."""
        return token.url or fill(self.value, token.fields)


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the token of one stream goes, and where it never does."""

    placements: tuple[Placement, ...]
    """In the order in which they are put; taken out they are the other way round."""
    reach: Reach
    exclusive: bool = False
    """Whether the token stands no other query parameter beside it (Mux)."""
    whole: WholeUrl | None = None
    """Whether the token is itself the URL of the entry."""
    _last: list[tuple[Token, tuple[Fields, frozenset[str]]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    """What was found out about the token that was placed last."""

    def blank(self, url: str, *, entry: bool = False) -> str:
        """Return the URL as it is kept: without a token of ours, position remembered.

        A URL that the token's reach does not cover was signed by the platform and
        stays as it is.
        """
        if self.reach.covers(url, entry=entry):
            for placement in reversed(self.placements):
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
        return self.unmarked(url, ours=self.reach.holds(url))

    def unmarked(self, reference: str, *, ours: bool) -> str:
        """Return a reference, however short, without the token.

        `ours` tells whether it lies on an origin that the token is bound to.
        """
        for placement in reversed(self.placements):
            reference = placement.remove(reference, ours=ours)
        return reference

    def stamp(self, url: str, token: Token | None, *, entry: bool = False) -> Stamped:
        """Return what to send for this URL; nothing is placed out of reach."""
        if token is None or not self.reach.covers(url, entry=entry):
            return Stamped(url)
        if self.whole and entry:
            return self._moved(url, token, self.whole)
        return self._stamp(url, token)

    def _stamp(self, url: str, token: Token) -> Stamped:
        if self.exclusive:
            url = uri.keep_query(url, self.hidden)
        for placement in self.placements:
            url = placement.stamp(url, token.fields)
        headers, secrets = self._of_all(token)
        return Stamped(url, headers, carried=True, secrets=secrets, until=token.until)

    def _of_all(self, token: Token) -> tuple[Fields, frozenset[str]]:
        """Return the headers that carry a token, and the values that it is placed as.

        They are the same for all URLs.
        """
        for known, of_all in self._last:
            if known is token:
                return of_all
        found = [placement.header(token.fields) for placement in self.placements]
        headers = [header for header in found if header]
        secrets = frozenset(_values(token.fields.values()))
        # Basic authentication writes them in another way.
        secrets |= {value.rpartition(" ")[2] for _, value in headers}
        of_all = with_one_cookie_field(tuple(headers)), secrets
        self._last[:] = [(token, of_all)]
        return of_all

    def _moved(self, url: str, token: Token, whole: WholeUrl) -> Stamped:
        """Ask the token's URL in place of the entry's.

        What a player adds to the entry's query goes with it. A redirect from there
        leads to URLs that are sent as they are. The secrets are those of the URL too.
        """
        target = whole.of(token)
        moved = url.startswith(whole.entry)
        if moved:
            url = uri.append_query(target, url.removeprefix(whole.entry).lstrip("?&"))
        ours = self.reach.holds(url)
        stamped = self._stamp(url, token) if ours else Stamped(url, carried=True)
        secrets = stamped.secrets | secrets_of_url(target)
        return replace(
            stamped, secrets=secrets, handed_on=True, moved=moved, until=token.until
        )

    def signable(self, url: str) -> str:
        """Return what is sent for a URL less the token: what its signature covers."""
        if self.exclusive:
            url = uri.keep_query(url, self.hidden)
        return self.unmarked(url, ours=self.reach.holds(url))

    @property
    def hidden(self) -> frozenset[str]:
        """The query parameters, in lower case, whose value no player may see."""
        return frozenset[str]().union(*(p.parameters for p in self.placements))

    @property
    def in_paths(self) -> bool:
        """Whether a path that is kept has a mark where the token belongs."""
        return any(isinstance(p, PathPart) for p in self.placements)


def _values(fields: Iterable[str]) -> Iterator[str]:
    """Yield each text, and the signatures in one that is a piece of a query.

    They are placed one by one, so they may come back in another order, or alone.
    """
    for text in fields:
        yield text
        values = (pair.partition("=")[2] for pair in text.split("&"))
        yield from (value for value in values if len(value) >= _SHORTEST_SIGNATURE)


OPEN = Rule((), Reach(everything=False, origins=frozenset()))
"""The rule of a stream that needs no token."""
