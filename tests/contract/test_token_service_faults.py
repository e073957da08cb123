"""Faults of token services, by the invariants R5, R6, R7 and L13.

The services are real ones on loopback; the test controls their clock and ours.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qsl

import jwt
import pytest

from proxy.core.tokens.service.request_template import RequestTemplate
from proxy.core.tokens.token import Token
from proxy.errors import TokenUnavailableError
from proxy.secret_file import SecretFile
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.source import Source
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.http import HttpSource
from proxy.tokens.sources.layout import Layout
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from proxy.tokens.sources.service_answers import TokenService
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import ServiceQueue
from proxy.tokens.turns.turn import Turn
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.scripted import Reports, asking, gaps, keeper_of
from tests.tokens.token_server import (
    Asked,
    Says,
    client,
    says,
    token_server,
    until,
)

KINDS = ("http", "client_credentials", "refresh_token")
GOOD = {"access_token": "good", "token_type": "Bearer", "expires_in": 60}
HOPELESS = says({"error": "invalid_grant"}, 400)
NOW = 1_800_000_000
KEY = "canary-" * 5


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


def token_with(**claims: object) -> Says:
    """Return an answer whose token is a JWT, without any other expiry."""
    made = jwt.encode(claims, KEY)
    return says({**GOOD, "access_token": made, "expires_in": 3600})


BAD = {
    "empty": Says(b""),
    "HTML": Says(b"<html>", headers={"Content-Type": "text/html"}),
    "no access_token": says({"token_type": "Bearer", "expires_in": 60}),
    "expires_in 0": says({**GOOD, "access_token": "bad", "expires_in": 0}),
    "expires_in -1": says({**GOOD, "access_token": "bad", "expires_in": -1}),
    "expires_in abc": says({**GOOD, "access_token": "bad", "expires_in": "abc"}),
    "expires_in 1e18": says({**GOOD, "access_token": "bad", "expires_in": 1e18}),
    "an expired JWT": token_with(iat=NOW - 120, exp=NOW - 60),
    "a JWT without sense": token_with(exp=0),
    "10 MB": Says(json.dumps({**GOOD, "pad": "x" * 10_000_000}).encode()),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", BAD)
async def test_r5_a_bad_answer_never_replaces_a_good_token(kind: str, bad: str) -> None:
    """It counts as a failure, the old token stays in use, and the service recovers."""
    async with stage(kind) as at:
        at.script.now = BAD[bad]
        await at.passes(55, step=2.5)
        assert await at.value() == "good"
        assert at.reports.outcomes["failed"] >= 3
        assert at.reports.outcomes["refreshed"] == 1
        at.script.now = says({**GOOD, "access_token": "better"})
        await at.passes(5, step=1)
        assert await at.value() == "better"


USELESS = {
    "302": Says(b"", 302, {"Location": "/login"}),
    **{name: BAD[name] for name in ("expires_in 0", "expires_in -1", "an expired JWT")},
}


@pytest.mark.parametrize("useless", USELESS)
async def test_r4_all_members_together_call_a_failing_service_like_one_stream(
    useless: str,
) -> None:
    """Twelve ids, each requested twice a second: a burst, then 30 calls a minute."""
    clock, reports, script = FakeClock(NOW), Reports(), Script(FakeClock(NOW))
    script.clock, script.now = clock, USELESS[useless]
    turns, allowance = ServiceQueue(clock=clock), Allowance(clock=clock)
    allowance.shared = True
    async with token_server(clock, script) as server, client(clock) as way:
        source = source_of("http", server.url, way, None)
        members = [
            keeper_of(source, clock, reports, seed=seed, turn=Turn(turns, allowance))
            for seed in range(12)
        ]
        players = []
        for _ in range(180):
            players += [asyncio.create_task(asking(clock, m.token)) for m in members]
            await clock.advance(0.5)
            await until(lambda: len(reports.all) == len(script.at))
        for player in players:
            player.cancel()
        for member in members:
            await member.close()
    assert len(script.at) >= 20
    assert all(sum(at <= one < at + 60 for one in script.at) <= 42 for at in script.at)


@pytest.mark.parametrize("kind", KINDS)
async def test_r6_a_permanent_failure_is_kept_until_the_credential_changes(
    kind: str, tmp_path: Path
) -> None:
    """At most one attempt in 30 s; a new file is used within 6 s, without restart."""
    path = secret(tmp_path / "credential", b"canary-old")
    async with stage(kind, path=path) as at:
        at.script.now = says({}, 401) if kind == "http" else HOPELESS
        await at.passes(240, step=5)
        with pytest.raises(TokenUnavailableError):
            await at.value()
        assert all(gap >= 30 for gap in gaps(at.script.at[1:]))
        assert len(at.script.at) >= 4
        at.script.now = says({**GOOD, "access_token": "new"})
        asked = len(at.script.at)
        secret(path, b"canary-new")
        await at.passes(6)
        assert await at.value() == "new"
        assert len(at.script.at) == asked + 1
    assert "canary" not in repr(at.reports.all)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_r7_a_service_that_asks_us_to_wait_is_left_alone(
    kind: str, status: int, form: str
) -> None:
    """For 20 s each time, as long as the token lasts."""
    async with stage(kind) as at:

        def busy(_: object) -> Says:
            until_then = formatdate(at.clock.wall() + 20, usegmt=True)
            wait = "20" if form == "seconds" else until_then
            return says({}, status, **{"Retry-After": wait})

        at.script.now = says({**GOOD, "expires_in": 300})
        await at.passes(50, step=5)
        at.script.now = busy
        await at.passes(220, step=5)
        await at.passes(60, step=1)
        begun, *busy_at = at.script.at[1:]
        waits = gaps([each for each in busy_at if each < begun + 295])
        assert await at.value() == "good"
    assert len(waits) >= 2
    assert all(20 <= wait <= 21 for wait in waits)


async def test_l13_a_rotated_refresh_token_is_used_once(tmp_path: Path) -> None:
    """Half an hour of one-minute tokens; using one twice would end the login for good.

    Every fourth answer brings the next refresh token, but no usable access token.
    """
    path = secret(tmp_path / "login", b"r0")
    async with stage("refresh_token", path=path) as at:
        used = ["r0"]

        def rotating(form: Mapping[str, str]) -> Says:
            if form["refresh_token"] != f"r{len(used) - 1}":
                return HOPELESS
            used.append(form["refresh_token"])
            lives = "abc" if len(used) % 4 == 0 else 60
            answer = {**GOOD, "expires_in": lives, "access_token": f"t{len(used)}"}
            return says({**answer, "refresh_token": f"r{len(used) - 1}"})

        at.script.now = rotating
        for _ in range(360):
            await at.passes(5, step=5)
            assert path.read_text() == f"r{len(used) - 1}"
            assert at.keeper.usable
    assert len(used) >= 40
    assert at.reports.outcomes["failed"] == len(used) // 4


@dataclass
class Counted:
    """A source that counts its running attempts."""

    source: HttpSource
    flying: int = 0

    async def fetch(self) -> Token:
        """Ask the source."""
        self.flying += 1
        try:
            return await self.source.fetch()
        finally:
            self.flying -= 1


async def test_r6_a_new_credential_of_a_payer_is_used_within_6_s(
    tmp_path: Path,
) -> None:
    """The payer's own keeper watches its files; the service is not called."""
    path = secret(tmp_path / "credential", b"canary-old")
    clock = FakeClock(NOW)
    script = Script(clock, HOPELESS)
    async with token_server(clock, script) as server, client(clock) as way:
        login = OAuth2Source(
            server.url, Client("me", Credential(SecretFile(path))), service=way
        )
        payer = keeper_of(login, clock)
        template = RequestTemplate("GET", server.url, headers={"X-Token": "{token}"})
        layout = Layout({"token": "/access_token"}, expires_in="/expires_in")
        source = Counted(HttpSource(template, layout, service=way, using=payer))
        keeper = keeper_of(source, clock)
        async with keeper.running():
            for _ in range(120):
                await clock.advance(1)
                await until(lambda: not source.flying)
            assert all(gap >= 30 for gap in gaps(script.at))
            script.now = says(GOOD)
            secret(path, b"canary-new")
            for _ in range(6):
                await clock.advance(1)
                await until(lambda: not source.flying)
            assert keeper.usable
        await payer.close()


async def test_r6_a_corrected_file_of_a_payer_is_used_within_6_s(
    tmp_path: Path,
) -> None:
    """The payer's token is in a file, which somebody corrects after a 401."""
    path = secret(tmp_path / "pays", b"canary-old")
    clock = FakeClock(NOW)

    def answer(asked: Asked) -> Says:
        paid = asked.headers["X-Token"] == "canary-new"
        return says(GOOD) if paid else says({}, 401)

    async with token_server(clock, answer) as server, client(clock) as way:
        payer = keeper_of(FileSource(SecretFile(path), clock=clock), clock)
        template = RequestTemplate("GET", server.url, headers={"X-Token": "{token}"})
        layout = Layout({"token": "/access_token"}, expires_in="/expires_in")
        http = HttpSource(template, layout, service=way, using=payer)
        reports = Reports()
        keeper = keeper_of(http, clock, reports)
        async with keeper.running():
            await until(lambda: len(reports.all) == 1)
            for _ in range(20):
                await clock.advance(1)
            asked, told = len(server.asked), len(reports.all)
            assert told == 1
            secret(path, b"canary-new")
            for _ in range(6):
                await clock.advance(1)
                await until(lambda: len(reports.all) > told or not fetching())
            assert keeper.usable
        assert len(server.asked) <= asked + 2
        await payer.close()


def fetching() -> bool:
    """Return whether a source is being asked."""
    return any("source of" in task.get_name() for task in asyncio.all_tasks())
