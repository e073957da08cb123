"""Which requests get a stream's token, and what is then sent.

A token is bound to origins. It is sent to no other origin, whatever a playlist or a
redirect says. If the upstream echoed the token into a URL of another origin, the echo
is removed too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, field, replace

from proxy.core.http import uri
from proxy.core.http.cookies import with_one_cookie_field
from proxy.core.http.headers import Fields
from proxy.core.http.uri_query import append_query, keep_query
from proxy.core.tokens.placing.path_placement import PathPart
from proxy.core.tokens.placing.placement import Placement
from proxy.core.tokens.secrets.credentials import secrets_of_path, secrets_of_url
from proxy.core.tokens.secrets.named_values import secrets_in
from proxy.core.tokens.templates.template import fill
from proxy.core.tokens.token import Token
from proxy.core.values import value


@value
class Stamped:
    """The URL and headers of one request as sent, including the token."""

    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    _: KW_ONLY
    carried: bool = False
    """Whether the request carries the token."""
    handed_on: bool = False
    """Whether a redirect target takes over from the token. This is so for tokens
    that work once or that are a URL. A refusal of such a token then comes from the
    target."""
    moved: bool = False
    """Whether the token itself is the URL; children are then relative to it."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """The values of the token as they were placed."""
    unseen: frozenset[str] = field(default=frozenset(), repr=False)
    """Other values of the token that no player may see. They may still appear in URLs:
    such a value may be just a folder name."""
    until: float | None = None
    """When the token must no longer be sent, in epoch seconds; None if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which requests get the token."""

    everything: bool
    """Whether all requests get it, or only the entry playlist."""
    origins: frozenset[str]
    """The origins that the token is bound to; no other origin ever gets it."""

    def holds(self, url: str) -> bool:
        """Return whether the token is bound to the origin of this URL."""
        return uri.origin(url) in self.origins

    def covers(self, url: str, *, entry: bool) -> bool:
        """Return whether a request for this URL gets the token."""
        return (entry or self.everything) and self.holds(url)


@dataclass(frozen=True, slots=True)
class WholeUrl:
    """The placement of a token that is itself the entry URL (Vimeo, Gcore)."""

    entry: str = field(repr=False)
    """The configured URL. The token replaces it; names are still derived from it."""
    value: str = "{token}"
    """The template of the URL, for a token that has the URL in a field."""

    def of(self, token: Token) -> str:
        """Return the URL."""
        return token.url or fill(self.value, token.fields)


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the token of one stream goes, and where it never goes."""

    placements: tuple[Placement, ...]
    """In the order in which they are applied; they are removed in reverse order."""
    reach: Reach
    _: KW_ONLY
    exclusive: bool = False
    """Whether the platform accepts no other query parameter beside the token (Mux)."""
    whole: WholeUrl | None = None
    """Set if the token is itself the entry URL."""
    _last: list[tuple[Token, tuple[Fields, frozenset[str]]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    """Cached headers and secrets of the token that was placed last."""

    def blank(self, url: str, *, entry: bool = False) -> str:
        """Return the URL as it is stored: without our token, its position kept.

        The platform signed the URLs that the token's reach does not cover, so they stay
        unchanged.
        """
        if self.reach.covers(url, entry=entry):
            for placement in reversed(self.placements):
                url = placement.blank(url)
        return url

    def clean(self, url: str, *, entry: bool = False) -> str:
        """Return the URL like `blank`; on another origin also remove an echo.

        For the target of a redirect: many servers pass the whole query on.
        """
        ours = self.reach.holds(url)
        return self.blank(url, entry=entry) if ours else self.bare(url)

    def bare(self, url: str) -> str:
        """Return the URL without any trace of the token, for use in names."""
        return self.unmarked(url, ours=self.reach.holds(url))

    def unmarked(self, reference: str, *, ours: bool) -> str:
        """Return a reference, possibly a relative one, without the token.

        `ours` says whether it is on an origin that the token is bound to.
        """
        for placement in reversed(self.placements):
            reference = placement.remove(reference, ours=ours)
        return reference

    def stamp(self, url: str, token: Token | None, *, entry: bool = False) -> Stamped:
        """Return what to send for this URL; no token is added out of its reach."""
        if token is None or not self.reach.covers(url, entry=entry):
            return Stamped(url)
        if self.whole and entry:
            return self._moved(url, token, self.whole)
        return self._stamp(url, token)

    def _stamp(self, url: str, token: Token) -> Stamped:
        if self.exclusive:
            url = keep_query(url, self.hidden)
        for placement in self.placements:
            url = placement.stamp(url, token.fields)
        headers, secrets = self._of_all(token)
        return Stamped(url, headers, carried=True, secrets=secrets, until=token.until)

    def _of_all(self, token: Token) -> tuple[Fields, frozenset[str]]:
        """Return the headers that carry a token, and its values as they are placed.

        They are the same for all URLs.
        """
        for known, of_all in self._last:
            if known is token:
                return of_all
        found = [placement.header(token.fields) for placement in self.placements]
        headers = [header for header in found if header]
        secrets = frozenset(_values(token.fields.values()))
        # Basic authentication encodes the values.
        secrets |= {value.rpartition(" ")[2] for _, value in headers}
        of_all = with_one_cookie_field(tuple(headers)), secrets
        self._last[:] = [(token, of_all)]
        return of_all

    def _moved(self, url: str, token: Token, whole: WholeUrl) -> Stamped:
        """Request the token's URL instead of the entry URL.

        Query parameters that a player adds to the entry URL are passed along. A
        redirect from there leads to URLs that are sent unchanged. The secrets include
        those of the URL.
        """
        target = whole.of(token)
        moved = url.startswith(whole.entry)
        if moved:
            url = append_query(target, url.removeprefix(whole.entry).lstrip("?&"))
        ours = self.reach.holds(url)
        stamped = self._stamp(url, token) if ours else Stamped(url, carried=True)
        return replace(
            stamped,
            secrets=stamped.secrets | secrets_of_url(target),
            unseen=secrets_of_path(target, whole.entry),
            handed_on=True,
            moved=moved,
            until=token.until,
        )

    def signable(self, url: str) -> str:
        """Return the URL as sent but without the token, which is what is signed.

        The last `&` of a query is left out if the token follows it: servers take the
        token out together with the `&` before it.
        """
        if self.exclusive:
            url = keep_query(url, self.hidden)
        bare = self.unmarked(url, ours=self.reach.holds(url))
        return bare.removesuffix("&") if self.hidden else bare

    @property
    def hidden(self) -> frozenset[str]:
        """The query parameters, in lower case, whose value no player may see."""
        return frozenset[str]().union(*(p.parameters for p in self.placements))

    @property
    def in_paths(self) -> bool:
        """Whether stored paths have a placeholder where the token belongs."""
        return any(isinstance(p, PathPart) for p in self.placements)


def _values(fields: Iterable[str]) -> Iterator[str]:
    """Yield each text, and the signatures in texts that are lists of pairs."""
    for text in fields:
        yield text
        yield from secrets_in(text)


OPEN = Rule((), Reach(everything=False, origins=frozenset()))
"""The rule of a stream that needs no token."""
