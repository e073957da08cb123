"""Builds the sources that request tokens from token services, from settings."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Protocol

import structlog
from cachetools import LRUCache
from pydantic import SecretStr

from proxy.app.lifetime import Lifetime, Shared
from proxy.clock import Clock
from proxy.core.http import uri
from proxy.core.tokens.service.request_template import (
    Body,
    FormBody,
    JsonBody,
    RequestTemplate,
    TextBody,
)
from proxy.errors import SecretFileError, StartError
from proxy.secret_file import SecretFile
from proxy.settings.sources.answer_layout import Answered
from proxy.settings.sources.base import TokenSource
from proxy.settings.sources.command import CommandToken
from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.tokens.keepers.keeper import Keeper
from proxy.tokens.logins.refresh_token import EXCHANGE_SECONDS, RefreshToken
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.http import HttpSource, PayingToken
from proxy.tokens.sources.layout import Layout
from proxy.tokens.sources.oauth2 import Client as OAuth2Client
from proxy.tokens.sources.oauth2 import OAuth2Source
from proxy.tokens.sources.service_answers import TokenService
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import ServiceQueue
from proxy.tokens.turns.turn import Turn
from proxy.tokens.waiting import uncut

log = structlog.get_logger()

_SERVICES = 256


class ClosableTokenService(TokenService, Protocol):
    """A client for token services that can be closed."""

    async def close(self) -> None:
        """Close all connections."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """What all sources of token services share."""

    client: ClosableTokenService
    clock: Clock
    _: KW_ONLY
    shared: bool = False
    """Whether other users may read secret files."""
    grace_seconds: float = EXCHANGE_SECONDS
    """How long to wait, when closing, for the answer to a refresh token that was
    sent."""
    logins: Shared[Path | str, RefreshToken] = field(
        default_factory=Shared[Path | str, RefreshToken]
    )
    """Logins by the key where each began; streams with the same login take turns."""
    payers: Shared[TokenSource, Keeper] = field(
        default_factory=Shared[TokenSource, Keeper]
    )
    """The keepers of tokens that authorise requests for other tokens, by their
    settings. All users of a token share one keeper."""

    queues: LRUCache[str, ServiceQueue] = field(
        default_factory=lambda: LRUCache(_SERVICES)
    )
    """Queues by the origin of the service: streams that use the same service take
    turns."""

    async def close(self) -> None:
        """Close all connections; call it when nobody uses them any more."""
        await self.client.close()

    def turn(self, token: TokenSource, allowance: Allowance | None = None) -> Turn:
        """Return the turn with which a stream queues at its token service.

        Members of a family share an allowance. All commands queue together, because
        each of them costs this machine a process.
        """
        service = service_of(token)
        if service is None:
            return Turn.unlimited(clock=self.clock)
        if service not in self.queues:
            self.queues[service] = ServiceQueue(clock=self.clock)
        return Turn(self.queues[service], allowance or Allowance(clock=self.clock))

    def login(self, token: OAuth2Token, user: Lifetime) -> RefreshToken | None:
        """Return the holder of the refresh token of these settings.

        It is closed with the last of its users. Closing waits until the answer to a
        refresh token is stored, but no longer than the grace time.
        """
        if token.refresh_token is None:
            return None
        value = token.refresh_token.get_secret_value()
        path = token.refresh_token_file
        begun = value if path is None else path.resolve()

        def make(lifetime: Lifetime) -> RefreshToken:
            given = value if path is None else SecretFile(path, self.shared)
            login = RefreshToken(given, self.clock, rotates=token.rotates)
            lifetime.closes(lambda: uncut(self._close_login(begun, login)))
            return login

        return self.logins.of(begun, make, user=user)

    async def _close_login(self, begun: Path | str, login: RefreshToken) -> None:
        if not await login.close(self.clock, self.grace_seconds):
            log.error(
                "login may be lost",
                file=str(begun) if isinstance(begun, Path) else None,
                reason="a refresh token was sent, and no answer came within "
                f"{self.grace_seconds:g} s",
            )


def service_of(token: TokenSource) -> str | None:
    """Return which service is asked for a token; None if no service is.

    All commands together count as one service.
    """
    match token:
        case HttpToken():
            return uri.origin(token.url)
        case OAuth2Token():
            return uri.origin(token.token_url)
        case CommandToken():
            return token.source
        case _:
            return None


def hold_login(token: TokenSource | None, services: Services, user: Lifetime) -> None:
    """Keep a login of these settings for as long as the user lives.

    A family does this for its members, which come and go. Raises StartError if the
    login could not be stored; this is checked before a refresh token is used up.
    """
    if isinstance(token, HttpToken):
        hold_login(token.using, services, user)
    elif isinstance(token, OAuth2Token) and (login := services.login(token, user)):
        try:
            login.require_storable()
        except SecretFileError as exc:
            raise StartError(
                f"the next refresh token could not be stored: {exc}, "
                "or rotates = false if the service never sends a new one"
            ) from exc


def http_source(
    token: HttpToken,
    services: Services,
    *,
    using: PayingToken | None,
) -> HttpSource:
    """Return the source; `using` keeps the token that authorises its requests."""
    return HttpSource(
        RequestTemplate(
            token.method,
            token.url,
            headers=token.headers,
            body=_body(token),
            user=token.basic,
        ),
        layout_of(token),
        service=services.client,
        credential=_credential(token.secret, token.secret_file, services),
        using=using,
    )


def oauth2_source(
    token: OAuth2Token, services: Services, user: Lifetime
) -> OAuth2Source:
    """Return the source; it shares its login with other streams while `user` lives."""
    scope: Mapping[str, str] = {"scope": " ".join(token.scopes)} if token.scopes else {}
    return OAuth2Source(
        token.token_url,
        OAuth2Client(
            token.client_id,
            _credential(token.client_secret, token.client_secret_file, services),
            in_body=token.client_auth == "body",
        ),
        service=services.client,
        refresh_token=services.login(token, user),
        parameters={**scope, **token.parameters},
        fields=token.fields,
        token_type=token.token_type,
        ttl=token.ttl,
    )


def layout_of(token: Answered) -> Layout:
    """Return where the token is in an answer."""
    return Layout(
        token.fields,
        expires_in=token.expires_in,
        expires_at=token.expires_at,
        refresh_in=token.refresh_in,
        ttl=token.ttl,
        leading=token.leading_expiry,
    )


def _body(token: HttpToken) -> Body | None:
    if token.body is not None:
        return TextBody(token.body)
    if token.body_json is not None:
        return JsonBody(dict(token.body_json))
    return None if token.body_form is None else FormBody(token.body_form)


def _credential(
    value: SecretStr | None, path: Path | None, services: Services
) -> Credential | None:
    if path is not None:
        return Credential(SecretFile(path, services.shared))
    return None if value is None else Credential(value.get_secret_value())
