"""`token = { source = "sign-jwt" }`: JWTs that the program signs itself."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from proxy.core.tokens.templates import nested
from proxy.settings.errors.mistakes import wrong
from proxy.settings.sources.signing import Signing, is_named, nameless
from proxy.settings.values.placeholders import AT_SIGNING, UNIQUE

JwtAlgorithm = Literal["RS256", "ES256", "ES384", "EdDSA", "HS256"]

# These change how a token is read, so only the signer may set them.
_SIGNERS_HEADERS = frozenset({"alg", "b64", "crit"})


class SignJwt(Signing):
    """Tokens that the program signs by itself."""

    source: Literal["sign-jwt"]
    algorithm: JwtAlgorithm = "RS256"
    short_secret: bool = False
    """Whether a secret may be shorter than RFC 7518 asks for: some platforms' are."""
    claims: Mapping[str, JsonValue] = Field(default_factory=dict)
    """All claims. The holes that are filled at signing are still open."""
    headers: Mapping[str, str] = Field(default_factory=dict)
    """Header fields beside `alg`, with the same holes."""

    @field_validator("headers")
    @classmethod
    def _headers(
        cls, headers: Mapping[str, str], info: ValidationInfo
    ) -> Mapping[str, str]:
        if taken := sorted(_SIGNERS_HEADERS & headers.keys()):
            raise wrong(
                f"{', '.join(taken)} is set",
                "expected it to be left out: the proxy sets it",
            )
        if not info.data.keys() >= {"key_id", "key_id_file", "claims"}:
            return headers
        named = is_named(info)
        held = "key_id" in nested.holes([info.data["claims"], dict(headers)])
        if held and not named:
            raise nameless()
        # RFC 7515 section 4.1.4, for an id that is used nowhere else.
        return {**headers, "kid": "{key_id}"} if named and not held else headers

    @property
    def unique(self) -> bool:
        """Return whether two tokens of the same second differ."""
        held = nested.holes([dict(self.claims), dict(self.headers)])
        return bool(held & UNIQUE)

    def holes(self) -> frozenset[str]:
        """Return the placeholders to fill from the stream's keys."""
        held = nested.holes([dict(self.claims), dict(self.headers)])
        return held - AT_SIGNING

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with claims and headers filled."""
        return self.model_copy(
            update={
                "claims": nested.fill(dict(self.claims), values),
                "headers": nested.fill(dict(self.headers), values),
            }
        )
