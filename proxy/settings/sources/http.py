"""`token = { source = "http" }`: a token service with any kind of request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, SecretStr, ValidationInfo, field_validator

from proxy.core.tokens.templates import nested
from proxy.settings.errors.mistakes import KeyPath, Mistake, shown, wrong
from proxy.settings.sources.answer_layout import Answered, Pointer
from proxy.settings.sources.base import TokenSource
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from proxy.settings.sources.service_url import ServiceUrl, url_mistake
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.values.headers import HeaderName, HeaderValue, User
from proxy.settings.values.placeholders import SECRET, HoleName
from proxy.settings.values.secret import SecretPath, SecretVariable, chosen

_BODIES = ("body", "body_json", "body_form")
_TEMPLATES = ("url", "headers", "basic", *_BODIES)


class HttpToken(Answered):
    """Tokens that a service hands out."""

    reread = frozenset({"secret"})
    source: Literal["http"]
    secret_file: SecretPath | None = None
    secret_env: SecretVariable | None = None
    secret: SecretStr | None = None
    """The value of `{secret}`; None if one of the other two is given."""
    using: Using | None = None
    """Another token, requested first; its fields fill placeholders of this request."""
    url: ServiceUrl = Field(repr=False)
    """The URL of the request."""
    basic: User | None = None
    """The user of Basic authentication; the secret is its password."""
    headers: Mapping[HeaderName, HeaderValue] = Field(default_factory=dict, repr=False)
    """Header fields of the request."""
    body: str | None = Field(None, repr=False)
    """The body, as it is sent."""
    body_json: Mapping[str, JsonValue] | None = Field(None, repr=False)
    """A body in JSON."""
    body_form: Mapping[str, str] | None = Field(None, repr=False)
    """The fields of a form."""
    method: Literal["GET", "POST", "PUT"] = "GET"
    fields: Mapping[HoleName, Pointer] = Field(
        default_factory=lambda: {"token": "/token"}
    )
    """A pointer for each field of the token; without any, the whole text is `token`."""

    def settled(self) -> Self:
        """Return the source without the secrets that it or `using` rereads."""
        using = self.using.settled() if self.using else None
        return super().settled().model_copy(update={"using": using})

    @field_validator("secret")
    @classmethod
    def _secret(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return chosen("secret", given, info)

    @field_validator("body_form")
    @classmethod
    def _one_body(
        cls, form: Mapping[str, str] | None, info: ValidationInfo
    ) -> Mapping[str, str] | None:
        ways = (form, *(info.data.get(body) for body in _BODIES))
        if sum(way is not None for way in ways) > 1:
            raise wrong(
                "more than one body is set", f"expected one of {', '.join(_BODIES)}"
            )
        return form

    @field_validator("method")
    @classmethod
    def _method(cls, method: str, info: ValidationInfo) -> str:
        if method == "GET" and any(info.data.get(body) is not None for body in _BODIES):
            raise wrong(f"{shown(method)} with a body", 'expected "POST" or "PUT"')
        return method

    def holes(self) -> frozenset[str]:
        """Return the placeholders to fill from the stream's keys."""
        inner = self.using.holes() if self.using else frozenset[str]()
        return (self._held() - self._own()) | inner

    def held_by(self, name: str) -> KeyPath:
        """Return the key of the first template with this placeholder."""
        for key in _TEMPLATES:
            if name in nested.holes(self._template(key)) - self._own():
                return (key,)
        return ("using", *(self.using.held_by(name) if self.using else ()))

    def further(self) -> frozenset[str]:
        """Return the placeholders that are filled for each request."""
        return self._own()

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these placeholders filled, except its own."""
        known = {name: values[name] for name in values.keys() - self._own()}
        update: dict[str, object] = {
            key: nested.fill(self._template(key), known) for key in _TEMPLATES
        }
        update["using"] = self.using.filled(values) if self.using else None
        return self.model_copy(update=update)

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with the filled source; keys are relative to `token`."""
        if mistake := url_mistake(self.url, self._own(), "url"):
            yield mistake
        given = any((self.secret, self.secret_env, self.secret_file))
        wanted = SECRET in self._held() or self.basic is not None
        if wanted and not given:
            hint = "expected one of secret, secret_file and secret_env"
            yield Mistake("is missing", hint, ("secret",))
        if given and not wanted:
            hint = "expected {secret} in url, headers or body, or basic"
            yield Mistake("is not used", hint, ("secret",))
        if self.using is not None:
            yield from self._mistakes_with(self.using)

    def _mistakes_with(self, using: TokenSource) -> Iterator[Mistake]:
        names = sorted(using.field_names())
        if self._held().isdisjoint(names):
            choice = ", ".join(f"{{{name}}}" for name in names)
            hint = f"expected one of {choice} in url, headers or body"
            yield Mistake("is not used", hint, ("using",))
        if using.needs_url:
            hint = "expected a token that does not depend on the URL"
            yield Mistake("signs each URL by itself", hint, ("using",))
        for mistake in using.mistakes():
            yield mistake._replace(key=("using", *mistake.key))

    def _template(self, key: str) -> nested.Json:
        value = getattr(self, key)
        return dict(value) if isinstance(value, Mapping) else value

    def _held(self) -> frozenset[str]:
        held = (nested.holes(self._template(key)) for key in _TEMPLATES)
        return frozenset[str]().union(*held)

    def _own(self) -> frozenset[str]:
        """Return the placeholders that are filled for each request."""
        using = self.using.field_names() if self.using else frozenset[str]()
        return using | {SECRET}


Using = Annotated[
    StaticToken
    | EnvToken
    | FileToken
    | CommandToken
    | HttpToken
    | OAuth2Token
    | SignJwt
    | SignHash,
    Field(discriminator="source"),
]
"""The sources whose token may authorise the request for another one: all."""
HttpToken.model_rebuild()
