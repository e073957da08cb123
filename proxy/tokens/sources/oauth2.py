"""The source `oauth2`: a token endpoint of RFC 6749."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote_plus

from proxy.core.tokens.service.messages import ServiceReply
from proxy.core.tokens.service.request_template import FormBody, RequestTemplate, basic
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.logins.refresh_token import EXCHANGE_SECONDS, Exchanged, RefreshToken
from proxy.tokens.source import Measured
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.layout import Layout, TokenTimes, found, parsed
from proxy.tokens.sources.service_answers import (
    Remembered,
    TokenService,
    answer_of,
    host_of,
    no_token,
    refusal,
)

_BEARER = "bearer"


@dataclass(frozen=True, slots=True)
class Client:
    """The client, and how it authenticates (RFC 6749, section 2.3.1)."""

    id: str
    secret: Credential | None = field(default=None, repr=False)
    in_body: bool = False
    """Whether id and secret go into the body instead of Basic authentication."""


class OAuth2Source:
    """Requests an access token with client credentials or a refresh token."""

    def __init__(
        self,
        url: str,
        client: Client,
        *,
        service: TokenService,
        refresh_token: RefreshToken | None = None,
        parameters: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
        token_type: str = _BEARER,
        ttl: float | None = None,
    ) -> None:
        self.measured: Measured = lambda _: None
        self._url = url
        self._host = host_of(url)
        self._client = client
        self._service = Remembered(service)
        self._refresh_token = refresh_token
        self._left: asyncio.Task[Exchanged] | None = None
        """An exchange whose caller left before its end; the next call uses its
        result."""
        self._parameters = dict(parameters or {})
        self._token_type = token_type
        self._layout = Layout(
            fields or {"token": "/access_token"},
            expires_in="/expires_in",
            refresh_in="/refresh_in",
            optional=True,
            ttl=ttl,
        )

    async def fetch(self) -> Token:
        """Return a token; raise `SourceError` if the answer contains none.

        A refresh token in the answer is stored first. Cancelling ends only the wait,
        not an exchange that has begun: the next call uses its result.
        """
        login = self._refresh_token
        if login is None:
            return self._token(await self._asked({"grant_type": "client_credentials"}))
        if self._left is None:
            flight = await login.begin(self._refresh, _renewed)
        else:
            flight, self._left = self._left, None
        try:
            exchanged = await asyncio.shield(flight)
        except asyncio.CancelledError:
            self._left = flight
            raise
        return self._token(exchanged.reply, exchanged.doubt)

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that were sent recently, and the refresh token that is sent next."""
        sent, login = self._service.sent, self._refresh_token
        return sent | {login.newest} if login and login.newest else sent

    def fingerprint(self) -> bytes:
        """Return a value that changes when others replace the credentials' files."""
        secret, login = self._client.secret, self._refresh_token
        return (secret.fingerprint() if secret else b"") + (
            login.fingerprint() if login else b""
        )

    async def _refresh(self, token: str) -> ServiceReply:
        grant = {"grant_type": "refresh_token", "refresh_token": token}
        return await self._asked(grant, seconds=EXCHANGE_SECONDS)

    async def _asked(
        self, grant: Mapping[str, str], *, seconds: float | None = None
    ) -> ServiceReply:
        request = self._template(grant).filled({})
        return await answer_of(self._service, replace(request, seconds=seconds))

    def _token(self, reply: ServiceReply, doubt: str = "") -> Token:
        """Return the token in an answer; `doubt` is added to a final refusal."""
        if error := refusal(self._host, reply, oauth=True):
            raise error if error.recoverable or not doubt else error.because(doubt)
        try:
            self._require_type(reply.body)
            token = self._layout.token(reply.body, TokenTimes(reply.sent, reply.date))
        except SourceError as exc:
            raise no_token(self._host, reply, exc, oauth=True) from exc
        if reply.skew is not None:
            self.measured(reply.skew)
        return token

    def _require_type(self, body: bytes) -> None:
        found_type = _text(parsed(body), "/token_type") or _BEARER
        if found_type.lower() != self._token_type.lower():
            raise SourceError(
                f"{self._host} gave a token that is not of type {self._token_type}"
            )

    def _template(self, grant: Mapping[str, str]) -> RequestTemplate:
        client, headers = self._client, {"Accept": "application/json"}
        form = {**grant, **self._parameters}
        secret = client.secret.read() if client.secret else None
        if secret is None or client.in_body:
            form["client_id"] = client.id
            if secret is not None:
                form["client_secret"] = secret
        else:
            pair = quote_plus(client.id), quote_plus(secret)
            headers["Authorization"] = basic(*pair)
        return RequestTemplate("POST", self._url, headers=headers, body=FormBody(form))


def _renewed(reply: ServiceReply) -> str | None:
    """Return the next refresh token, if the answer contains one."""
    if not reply.succeeded:
        return None
    try:
        return _text(parsed(reply.body), "/refresh_token")
    except SourceError as exc:
        raise exc.answered() from exc


def _text(document: object, pointer: str) -> str | None:
    try:
        value = found(document, pointer)
    except SourceError:
        return None
    return value if isinstance(value, str) and value else None
