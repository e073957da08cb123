"""Adds the current token to a request, at every redirect and every retry."""

from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Protocol

from proxy.core.http import uri
from proxy.core.http.cookies import with_one_cookie_field
from proxy.core.http.headers import Fields
from proxy.core.tokens.placing.rule import Rule, Stamped
from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken


class CurrentToken(Protocol):
    """What a stream needs from its keeper of tokens."""

    async def token(self) -> KeptToken:
        """Return a token that may be used now, or raise TokenUnavailableError."""
        ...

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a newer token than the refused one, or raise TokenUnavailableError.

        The same token is returned if no new one may be requested now. Then another try
        is useless.
        """
        ...

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Record that the upstream accepted the token, sent for the subject."""
        ...


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """The configured headers of a stream, which may include an API key."""

    fields: Fields = field(default=(), repr=False)
    origins: frozenset[str] = frozenset()
    """The configured origins; no other origin gets the headers."""

    def of(self, url: str) -> Fields:
        """Return the headers to send with a request for this URL."""
        return self.fields if uri.origin(url) in self.origins else ()


@dataclass(slots=True)
class Stamper:
    """Adds the token and the configured headers to one request."""

    rule: Rule
    own: OwnHeaders
    _: KW_ONLY
    keeper: CurrentToken | None
    entry: bool
    """Whether the request is for the entry playlist."""
    kept: KeptToken | None = None
    """The token to send, if any."""
    _spent: bool = field(default=False, init=False)

    def stamp(self, url: str) -> Stamped:
        """Return what to send for a URL; a single-use token is sent only once."""
        stamped = self._placed(url)
        own = self.own.of(stamped.url)
        if not own:
            return stamped
        # A configured Cookie is sent along with the cookie that carries the token.
        headers = with_one_cookie_field(own + stamped.headers)
        return replace(stamped, headers=headers)

    async def again(self, url: str) -> Stamped:
        """Return what to send when a request is repeated after getting no answer.

        The token may have expired meanwhile, or be for a single use.
        """
        if self.keeper is not None and self.kept is not None:
            self.kept, self._spent = await self.keeper.token(), False
        return self.stamp(url)

    def clean(self, url: str) -> str:
        """Remove a repeated token from a redirect's target."""
        return self.rule.clean(url, entry=self.entry)

    def _placed(self, url: str) -> Stamped:
        kept, rule = self.kept, self.rule
        if kept is None or self._spent:
            return Stamped(url)
        token = kept.token
        if kept.sign and rule.reach.covers(url, entry=self.entry):
            token = kept.of(rule.signable(url))
        stamped = rule.stamp(url, token, entry=self.entry)
        if not (kept.once and stamped.carried):
            return stamped
        self._spent = True
        return replace(stamped, handed_on=True)
