"""`token = { source = "oauth2" }`: a token endpoint of RFC 6749."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from proxy.core.tokens.templates import nested
from proxy.settings.errors.mistakes import KeyPath, Mistake, wrong
from proxy.settings.sources.answer_layout import Pointer, PositiveSeconds
from proxy.settings.sources.base import TokenSource
from proxy.settings.sources.service_url import ServiceUrl, url_mistake
from proxy.settings.values.placeholders import HoleName
from proxy.settings.values.secret import SecretPath, SecretVariable, chosen

# These have their own keys.
_TAKEN = frozenset(
    {"grant_type", "client_id", "client_secret", "refresh_token", "scope"}
)
# RFC 7523: what some clients send instead of a secret.
_ASSERTION = "client_assertion"


class OAuth2Token(TokenSource):
    """Access tokens of an OAuth 2 client."""

    reread = frozenset({"client_secret", "refresh_token"})
    source: Literal["oauth2"]
    token_url: ServiceUrl = Field(repr=False)
    """The token endpoint."""
    client_id: Annotated[str, Field(min_length=1)]
    parameters: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """Further parameters of the request, such as `audience`."""
    scopes: tuple[str, ...] = ()
    grant: Literal["client_credentials", "refresh_token"] = "client_credentials"
    client_secret_file: SecretPath | None = None
    client_secret_env: SecretVariable | None = None
    client_secret: SecretStr | None = None
    """The client's secret; None beside the other two."""
    client_auth: Literal["basic", "body"] = "basic"
    """Where the client shows its secret."""
    refresh_token_file: SecretPath | None = None
    refresh_token_env: SecretVariable | None = None
    refresh_token: SecretStr | None = None
    """The refresh token to begin with; None beside the other two."""
    rotates: bool = True
    """Whether the service may send another refresh token with an answer."""
    token_type: Annotated[str, Field(min_length=1)] = "Bearer"  # noqa: S105 - no password
    """The type that tokens must have."""
    fields: Annotated[Mapping[HoleName, Pointer], Field(min_length=1)] = Field(
        default_factory=lambda: {"token": "/access_token"}
    )
    """A pointer for each field of the token."""
    ttl: PositiveSeconds | None = None
    """The lifetime of tokens that say nothing about their end, in seconds."""

    @field_validator("parameters")
    @classmethod
    def _parameters(cls, parameters: Mapping[str, str]) -> Mapping[str, str]:
        if taken := sorted(_TAKEN & parameters.keys()):
            raise wrong(f"{taken[0]} is set", "expected its own key in this table")
        return parameters

    @field_validator("client_secret")
    @classmethod
    def _secret(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        secret = chosen("client_secret", given, info)
        ways = ("client_secret_file", "client_secret_env", "grant", "parameters")
        if secret is not None or not info.data.keys() >= set(ways):
            return secret
        public = info.data["grant"] == "refresh_token"
        if not public and _ASSERTION not in info.data["parameters"]:
            wanted = "expected client_secret, client_secret_file or client_secret_env"
            raise wrong("is missing", wanted)
        return secret

    @field_validator("refresh_token")
    @classmethod
    def _refresh_token(
        cls, given: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        token = chosen("refresh_token", given, info)
        ways = ("refresh_token_file", "refresh_token_env", "grant")
        if not info.data.keys() >= set(ways):
            return token
        if (token is None) == (info.data["grant"] == "refresh_token"):
            raise wrong(
                "is missing" if token is None else "is set",
                'expected it with grant = "refresh_token", and only then',
            )
        return token

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset(self.fields)

    def holes(self) -> frozenset[str]:
        """Return the placeholders to fill from the stream's keys."""
        return nested.holes([self.token_url, dict(self.parameters)])

    def held_by(self, name: str) -> KeyPath:
        """Return the key of the first template with this placeholder."""
        held = name in nested.holes(self.token_url)
        return ("token_url",) if held else ("parameters",)

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these placeholders filled."""
        return self.model_copy(
            update={
                "token_url": nested.fill(self.token_url, values),
                "parameters": nested.fill(dict(self.parameters), values),
            }
        )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with the filled source; keys are relative to `token`."""
        if mistake := url_mistake(self.token_url, frozenset(), "token_url"):
            yield mistake
