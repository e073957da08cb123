"""A keeper, its token service, and their clocks.

The services are real ones on loopback; the test controls their clock and ours.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from proxy.core.tokens.service.request_template import RequestTemplate
from proxy.secret_file import SecretFile
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.source import Source
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.http import HttpSource
from proxy.tokens.sources.layout import Layout
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from proxy.tokens.sources.service_answers import TokenService
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports, keeper_of
from tests.tokens.token_server import Asked, Says, client, says, token_server, until

KINDS = ("http", "client_credentials", "refresh_token")
GOOD = {"access_token": "good", "token_type": "Bearer", "expires_in": 60}
HOPELESS = says({"error": "invalid_grant"}, 400)
NOW = 1_800_000_000


@dataclass
class Script:
    """What a service answers, and when it was called."""

    clock: FakeClock
    now: Says | Callable[[Mapping[str, str]], Says] = field(
        default_factory=lambda: says(GOOD)
    )
    """An answer, or what makes one of a form."""
    at: list[float] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Says:
        """Answer."""
        self.at.append(self.clock.mono())
        form = dict(parse_qsl(asked.body.decode()))
        return self.now if isinstance(self.now, Says) else self.now(form)


@dataclass
class Stage:
    """A keeper, its service, and the time."""

    clock: FakeClock
    script: Script
    keeper: StreamKeeper
    reports: Reports

    async def passes(self, seconds: float, *, step: float = 0.5) -> None:
        """Let time pass; every request is answered at once."""
        for _ in range(round(seconds / step)):
            await self.clock.advance(step)
            await until(lambda: len(self.reports.all) == len(self.script.at))

    async def value(self) -> str:
        """Return the token that a player's request gets now."""
        return (await self.keeper.token()).token.fields["token"]


def source_of(kind: str, url: str, way: TokenService, path: Path | None) -> Source:
    """Return a source of this kind; `path` is the file of its credential."""
    given = "canary-secret" if path is None else SecretFile(path)
    if kind == "http":
        layout = Layout({"token": "/access_token"}, expires_in="/expires_in")
        template = RequestTemplate("GET", url, user="me")
        return HttpSource(template, layout, service=way, credential=Credential(given))
    if kind == "client_credentials":
        return OAuth2Source(url, Client("me", Credential(given)), service=way)
    login = RefreshToken(given, FakeClock(NOW))
    return OAuth2Source(url, Client("me"), service=way, refresh_token=login)


@asynccontextmanager
async def stage(kind: str, *, path: Path | None = None) -> AsyncIterator[Stage]:
    """Run a keeper on a token service, and wait for its first attempt."""
    clock, reports = FakeClock(NOW), Reports()
    script = Script(clock)
    async with token_server(clock, script) as server, client(clock) as way:
        keeper = keeper_of(source_of(kind, server.url, way, path), clock, reports)
        async with keeper.running():
            await until(lambda: len(reports.all) == 1)
            yield Stage(clock, script, keeper, reports)
