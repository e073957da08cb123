"""The source `http`: a token service answers a request of any form."""

from typing import Protocol

from proxy.core.tokens.service.messages import ServiceReply
from proxy.core.tokens.service.request_template import RequestTemplate, Values
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.source import Measured
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.layout import Layout, TokenTimes
from proxy.tokens.sources.service_answers import (
    REFUSED,
    Remembered,
    TokenService,
    answer_of,
    host_of,
    no_token,
    refusal,
)


class PayingToken(Protocol):
    """A token that is used to get another one; implemented by a keeper."""

    async def token(self) -> KeptToken:
        """Return a usable token, or raise `TokenUnavailableError`."""
        ...

    async def refused(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than one that was refused; the same if there is none."""
        ...

    def accepted(self, kept: KeptToken) -> None:
        """Record that this token was accepted."""
        ...

    def fingerprint(self) -> bytes:
        """Return a value that changes when the files behind it change."""
        ...

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that were sent to get it and that no player may see."""
        ...


class HttpSource:
    """Asks a service for each token.

    The request's placeholders are `{secret}`, the credential, and the fields of the
    token that is used to get this one, if there is one.
    """

    def __init__(
        self,
        request: RequestTemplate,
        layout: Layout,
        *,
        service: TokenService,
        credential: Credential | None = None,
        using: PayingToken | None = None,
    ) -> None:
        self.measured: Measured = lambda _: None
        self._request = request
        self._host = host_of(request.url)
        self._layout = layout
        self._service = Remembered(service)
        self._credential = credential
        self._using = using

    async def fetch(self) -> Token:
        """Return a token; raise `SourceError` if the answer contains none."""
        secret = {"secret": self._credential.read()} if self._credential else {}
        if self._using is None:
            reply = await self._ask(secret)
        else:
            reply = await self._ask_with(self._using, secret)
        if error := refusal(self._host, reply):
            raise error
        try:
            token = self._layout.token(reply.body, TokenTimes(reply.sent, reply.date))
        except SourceError as exc:
            raise no_token(self._host, reply, exc) from exc
        if reply.skew is not None:
            self.measured(reply.skew)
        return token

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that were sent recently, also those of the token it uses."""
        sent = self._service.sent
        return sent if self._using is None else sent | self._using.paid

    def fingerprint(self) -> bytes:
        """Return a value that changes when the files of its credential or token do."""
        own = self._credential.fingerprint() if self._credential else b""
        return own + (self._using.fingerprint() if self._using else b"")

    async def _ask_with(self, using: PayingToken, secret: Values) -> ServiceReply:
        """Ask with another token; if it is refused, ask once more with a newer one."""
        try:
            paid = await using.token()
            reply = await self._ask({**secret, **paid.token.fields})
            if reply.status in REFUSED:
                newer = await using.refused(paid)
                if newer.generation != paid.generation:
                    paid = newer
                    reply = await self._ask({**secret, **paid.token.fields})
        except TokenUnavailableError as exc:
            raise SourceError(
                str(exc), retry_after=exc.retry_after, for_all=exc.for_all
            ) from exc
        if reply.status not in REFUSED:
            using.accepted(paid)
        return reply

    async def _ask(self, values: Values) -> ServiceReply:
        return await answer_of(self._service, self._request.filled(values))
