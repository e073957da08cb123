"""`token = { source = "sign-jwt" }`: tokens that the program signs by itself."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from proxy.settings import nested
from proxy.settings.filling import AT_SIGNING
from proxy.settings.secret import SecretFile, SecretVariable
from proxy.settings.source import TokenSource
from proxy.settings.times import Seconds
from proxy.settings.wrong import Mistake, Wrong, wrong

# A token is not used in the last second before it expires (the keeper's rule), and
# has to live for a while before that.
_SHORTEST_LIFETIME_SECONDS = 2.0

Algorithm = Literal["RS256", "ES256", "ES384", "EdDSA", "HS256"]

# They change how a token is read, and are for the signer alone.
_SIGNERS_HEADERS = frozenset({"alg", "b64", "crit"})


class SignJwt(TokenSource):
    """Tokens that the program signs by itself."""

    source: Literal["sign-jwt"]
    key_file: SecretFile | None = None
    key_env: SecretVariable | None = None
    key_id_file: SecretFile | None = None
    """For a key that is rotated together with its id."""
    key_id: str = ""
    algorithm: Algorithm = "RS256"
    max_lifetime: Seconds | None = None
    """The longest lifetime that the platform accepts, in seconds."""
    lifetime: Seconds = 3600.0
    """In seconds."""
    claims: Mapping[str, JsonValue] = Field(default_factory=dict)
    """All claims. The holes that are filled at signing are still open."""
    headers: Mapping[str, str] = Field(default_factory=dict)
    """Header fields beside `alg`, with the same holes."""

    @field_validator("key_env")
    @classmethod
    def _one_key(cls, variable: str | None, info: ValidationInfo) -> str | None:
        if "key_file" in info.data and (variable is None) == (
            info.data["key_file"] is None
        ):
            raise wrong(
                "no key is set" if variable is None else "two keys are set",
                "give exactly one of key_file and key_env",
            )
        return variable

    @field_validator("lifetime")
    @classmethod
    def _lifetime(cls, lifetime: float, info: ValidationInfo) -> float:
        longest = info.data.get("max_lifetime")
        if lifetime < _SHORTEST_LIFETIME_SECONDS:
            raise wrong(f"{lifetime:g} seconds", "want 2 seconds or more")
        if longest is not None and lifetime > longest:
            wanted = f"the platform accepts {longest:g} seconds at most"
            raise wrong(f"{lifetime:g} seconds", wanted)
        return lifetime

    @field_validator("key_id")
    @classmethod
    def _key_id(cls, key_id: str, info: ValidationInfo) -> str:
        if key_id and info.data.get("key_id_file"):
            raise wrong("is set beside key_id_file", "give one of them")
        return key_id

    @field_validator("headers")
    @classmethod
    def _headers(
        cls, headers: Mapping[str, str], info: ValidationInfo
    ) -> Mapping[str, str]:
        if taken := sorted(_SIGNERS_HEADERS & headers.keys()):
            raise wrong(f"{', '.join(taken)} is set", "that is the signer's to decide")
        if not info.data.keys() >= {"key_id", "key_id_file", "claims"}:
            return headers
        named = bool(info.data["key_id"] or info.data["key_id_file"])
        held = "key_id" in nested.holes([info.data["claims"], dict(headers)])
        if held and not named:
            wanted = "want the id that the platform gave the key"
            raise Wrong(Mistake("is missing", wanted, ("key_id",)))
        # RFC 7515 section 4.1.4, for an id that has no other place.
        return {**headers, "kid": "{key_id}"} if named and not held else headers

    def holes(self) -> frozenset[str]:
        """Return the names in claims and headers that are the stream's to fill."""
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
