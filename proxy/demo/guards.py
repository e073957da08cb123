"""Who may pass by token: a JSON Web Token signed by the right key, and not expired."""

from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from proxy.demo.keys import ALGORITHM
from proxy.demo.record import Refusal


@dataclass(frozen=True, slots=True)
class Admission:
    """What a guard says: the refusal, or the seconds the token still lives."""

    refusal: Refusal | None = None
    life: float = 0.0
    subject: str = ""


class TokenCheck:
    """Checks tokens by public keys (PEM): while keys change, two are good."""

    def __init__(self, *public_pems: str) -> None:
        self._public_pems = public_pems

    def accept(self, *public_pems: str) -> None:
        """Accept what these keys signed from now on, and nothing else."""
        self._public_pems = public_pems

    def check(self, token: str | None, now: float, **claims: str) -> Admission:
        """Judge a token; `claims` are those that it must have."""
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
                # The library would ask the machine for the time; ours is given.
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
