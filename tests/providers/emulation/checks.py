"""What a credential must be. Each check says when it ends, or refuses it.

They are written from the platforms' documentation on hashlib, PyJWT and cryptography
alone: nothing of the code that makes the credentials is used to judge them.
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
        """Return when it ends, in epoch seconds; raise RefusedError if it is wrong.

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
    """The most seconds that it may have before it."""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Verify the signature, then what it says."""
        del ask
        token = shown["token"]
        try:
            claims = jwt.decode(
                token,
                self.key,
                [self.algorithm],
                # The library would ask the machine for the time; ours is given.
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
        # Cloudflare's own are texts.
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
"""What the hash of this credential on this request should be."""


@dataclass(frozen=True, slots=True)
class Hashed:
    """A hash beside the time until which it is good."""

    formula: Formula
    hash: str = "token"
    expires: str = "expires"
    parts: Callable[[Shown], Shown] = dict
    """Takes a credential apart whose fields are one text."""

    def ends(self, shown: Shown, ask: Ask, now: float) -> float:
        """Compute the hash anew, and compare."""
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
    """A credential that was given out before: it says nothing by itself."""

    issued: dict[str, float] = field(default_factory=dict, repr=False)
    """When each ends."""
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
    """A credential that is good for one request; `inner` says whether it is right."""

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
