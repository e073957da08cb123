"""Checks of credentials. Each returns when the credential expires, or refuses it.

They are written from the platforms' documentation, and use only hashlib, PyJWT and
cryptography: none of the code that makes the credentials is used to check them.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import jwt

from tests.providers.emulation.asks import Ask, Reason, RefusedError
from tests.providers.emulation.carriers import Shown


class Check(Protocol):
    """Judges a credential."""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Return when it expires, in epoch seconds; raise RefusedError if it is wrong.

        `ask` is the request without the credential.
        """
        ...


@dataclass(frozen=True, slots=True)
class Jwt:
    """A JSON Web Token of the right key, with these claims and header fields."""

    key: str = field(repr=False)
    """The public key (PEM), or the secret."""
    algorithm: str = "RS256"
    claims: Mapping[str, object] = field(default_factory=dict)
    header: Mapping[str, object] = field(default_factory=dict)
    longest: float | None = None
    """Its longest remaining lifetime, in seconds."""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Verify the signature, then the content."""
        del ask
        token = shown["token"]
        try:
            claims = jwt.decode(
                token,
                self.key,
                [self.algorithm],
                # The library would use the machine's clock; ours is given.
                options={
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                },
            )
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise RefusedError(Reason.BAD) from None
        # Cloudflare's own are strings.
        expires = str(claims.get("exp", ""))
        if not expires.isdecimal() or int(claims.get("nbf", 0)) > now:
            raise RefusedError(Reason.BAD)
        if not (_holds(claims, self.claims) and _holds(header, self.header)):
            raise RefusedError(Reason.BAD)
        if self.longest is not None and int(expires) > now + self.longest:
            raise RefusedError(Reason.BAD)
        return float(expires)


def _holds(found: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    return all(found.get(name) == value for name, value in wanted.items())


Formula = Callable[[Shown, Ask], str]
"""Returns the expected hash of this credential for this request."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A hash with an expiry beside it."""

    formula: Formula
    hash: str = "token"
    expires: str = "expires"
    parts: Callable[[Shown], Shown] = dict
    """Splits a credential that has all fields in one text."""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Compute the hash again, and compare."""
        del now
        shown = self.parts(shown)
        expires = shown.get(self.expires, "")
        if not expires.isdecimal():
            raise RefusedError(Reason.BAD)
        if not same(shown[self.hash], self.formula(shown, ask)):
            raise RefusedError(Reason.BAD)
        return float(expires)


def same(shown: str, wanted: str) -> bool:
    """Compare as a platform would."""
    return hmac.compare_digest(shown.encode(), wanted.encode())


@dataclass(slots=True)
class Known:
    """An opaque credential: valid if it was issued before."""

    issued: dict[str, float] = field(default_factory=dict, repr=False)
    """When each expires."""
    name: str = "token"

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Look it up."""
        del ask, now
        ends = self.issued.get(shown[self.name])
        if ends is None:
            raise RefusedError(Reason.BAD)
        return ends


@dataclass(slots=True)
class Once:
    """A credential that is valid for one request; `inner` judges it."""

    inner: Check
    spent: set[str] = field(default_factory=set, repr=False)

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Refuse the second use."""
        ends = self.inner.ends(shown, ask, now)
        text = "&".join(shown.values())
        if text in self.spent:
            raise RefusedError(Reason.SPENT)
        if ends > now:
            self.spent.add(text)
        return ends
