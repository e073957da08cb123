"""Stamps one question: with the token of now, at every hop and every retry."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from proxy.core.http import uri
from proxy.core.http.cookies import with_one_cookie_field
from proxy.core.http.headers import Fields
from proxy.core.tokens.placing.rule import Rule, Stamped
from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken


class CurrentToken(Protocol):
    """What a stream needs of its keeper."""

    async def token(self) -> KeptToken:
        """Return a token that may be used now, or raise TokenUnavailableError."""
        ...

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a newer token than the refused one; raise TokenUnavailableError.

        The same one comes back where none may be asked for now: it is useless to try.
        """
        ...

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Take note that the upstream accepted the token, sent for the subject."""
        ...


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """The configured headers of a stream: an API key may be among them."""

    fields: Fields = field(default=(), repr=False)
    origins: frozenset[str] = frozenset()
    """The origins of the configuration; no other gets them."""

    def of(self, url: str) -> Fields:
        """Return those that go with a request for this URL."""
        return self.fields if uri.origin(url) in self.origins else ()


@dataclass(slots=True)
class Stamper:
    """What one question is stamped with."""

    rule: Rule
    own: OwnHeaders
    keeper: CurrentToken | None
    entry: bool
    """Whether it asks for the entry playlist."""
    kept: KeptToken | None = None
    """The token that is sent; None where none is."""
    _spent: bool = field(default=False, init=False)

    def stamp(self, url: str) -> Stamped:
        """Return what to send for a URL; a token that opens once goes out once."""
        stamped = self._placed(url)
        own = self.own.of(stamped.url)
        if not own:
            return stamped
        # A configured Cookie goes along with the one that carries the token.
        headers = with_one_cookie_field(own + stamped.headers)
        return replace(stamped, headers=headers)

    async def again(self, url: str) -> Stamped:
        """Return what to send for a URL that was sent before, and was not answered.

        The token may have ended while that was waited for, or opens once.
        """
        if self.keeper is not None and self.kept is not None:
            self.kept, self._spent = await self.keeper.token(), False
        return self.stamp(url)

    def clean(self, url: str) -> str:
        """Take an echoed token out of a redirect's target."""
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
