"""Who may pass by token: a JSON Web Token signed by the right key, and not expired."""

from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from proxy.demo.keys import ALGORITHM
from proxy.demo.record import Refusal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard says: the refusal, or the seconds the token still lives."""

    refusal: Refusal | None = None
    life: float = 0.0
    subject: str = ""


class Guard:
    """Checks tokens by a public key (PEM)."""

    def __init__(self, public_pem: str) -> None:
        self._public_pem = public_pem

    def check(self, token: str | None, now: float, **claims: str) -> Verdict:
        """Judge a token; `claims` are those that it must have."""
        if not token:
            return Verdict(Refusal.MISSING_TOKEN)
        found = self._claims(token)
        expires_at = found.get("exp")
        if not isinstance(expires_at, int | float):
            return Verdict(Refusal.BAD_TOKEN)
        if any(found.get(name) != value for name, value in claims.items()):
            return Verdict(Refusal.BAD_TOKEN)
        life = expires_at - now
        refusal = Refusal.EXPIRED_TOKEN if life <= 0 else None
        return Verdict(refusal, life, str(found.get("sub", "")))

    def _claims(self, token: str) -> Mapping[str, object]:
        if not token.isascii():
            return {}
        try:
            found: Mapping[str, object] = jwt.decode(
                token,
                self._public_pem,
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
