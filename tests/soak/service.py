"""A token service: issues JWTs valid for seconds, over plain HTTP and OAuth 2."""

import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

from aiohttp import web

from proxy.clock import Clock
from proxy.demo.keys import KeyPair, sign, subject_claims
from tests.soak.schedule import Down

TOKEN_SECONDS = 5
CLIENT_SECRET = "soak-client-secret"


@dataclass(slots=True)
class Service:
    """The service, and the requests it got."""

    pair: KeyPair
    """The key pair that it signs with; may be replaced."""
    down: Callable[[], Down | None]
    _: KW_ONLY
    clock: Clock
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    """The number of requests by the state at that time: `up`, or one of `Down`."""

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Answer `/token/{subject}`."""
        return await self._answer(request, "token")

    async def oauth(self, request: web.Request) -> web.StreamResponse:
        """Answer `/oauth/{subject}`: RFC 6749, section 4.4."""
        return await self._answer(request, "access_token")

    async def _answer(self, request: web.Request, name: str) -> web.StreamResponse:
        how = self.down()
        self.asked[how or "up"] += 1
        match how:
            case Down.REFUSING:
                return web.Response(status=503)
            case Down.TALKING:
                return web.Response(text="<html>sorry</html>", content_type="text/html")
            case Down.SILENT:
                while self.down() is Down.SILENT:
                    await self.clock.sleep(0.1)
                return web.Response(status=504)
            case Down.BROKEN:
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
        claims = subject_claims(request.match_info["subject"])
        ends = self.clock.wall() + TOKEN_SECONDS
        fields = {name: sign(self.pair, claims, expires_at=ends)}
        return web.json_response(
            {**fields, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        )


@contextlib.asynccontextmanager
async def serving(service: Service) -> AsyncIterator[None]:
    """Run the service on loopback while the block lasts."""
    app = web.Application()
    app.router.add_get("/token/{subject}", service.token)
    app.router.add_post("/oauth/{subject}", service.oauth)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield
    finally:
        await runner.cleanup()


def write_key(path: Path, pair: KeyPair) -> None:
    """Write the private key to a file that only this user can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(pair.private_pem)
