"""Checks tokens: a JSON Web Token, signed with the right key and not expired."""

from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from proxy.demo.keys import ALGORITHM
from proxy.demo.record import Refusal


@dataclass(frozen=True, slots=True)
class Admission:
    """A guard's decision: the refusal, or the seconds until the token expires."""

    refusal: Refusal | None = None
    life: float = 0.0
    subject: str = ""


class TokenCheck:
    """Checks tokens by public keys (PEM); two are valid while keys are changed."""

    def __init__(self, *public_pems: str) -> None:
        self._public_pems = public_pems

    def accept(self, *public_pems: str) -> None:
        """Accept tokens signed with these keys from now on, and no others."""
        self._public_pems = public_pems

    def check(self, token: str | None, now: float, **claims: str) -> Admission:
        """Check a token; `claims` are those that it must have."""
        if not token:
            return Admission(Refusal.MISSING_TOKEN)
        found = self._claims(token)
        expires_at = found.get("exp")
        if not isinstance(expires_at, int | float):
            return Admission(Refusal.BAD_TOKEN)
        if any(found.get(name) != value for name, value in claims.items()):
            return Admission(Refusal.BAD_TOKEN)
        life = expires_at - now
        refusal = Refusal.EXPIRED_TOKEN if life <= 0 else None
        return Admission(refusal, life, str(found.get("sub", "")))

    def _claims(self, token: str) -> Mapping[str, object]:
        if not token.isascii():
            return {}
        found = (self._claims_by(pem, token) for pem in self._public_pems)
        return next(filter(None, found), {})

    def _claims_by(self, public_pem: str, token: str) -> Mapping[str, object]:
        try:
            found: Mapping[str, object] = jwt.decode(
                token,
                public_pem,
                [ALGORITHM],
                # The library would use the system's time; `check` gets the time as an
                # argument.
                options={
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                    "verify_aud": False,
                },
            )
        except jwt.InvalidTokenError:
            return {}
        return found
