"""A permanent failure lasts until the credential changes (R6)."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest

from proxy.core.tokens.service.request_template import RequestTemplate
from proxy.core.tokens.token import Token
from proxy.errors import TokenUnavailableError
from proxy.secret_file import SecretFile
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.http import HttpSource
from proxy.tokens.sources.layout import Layout
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from tests.contract.test_token_service_faults.stage import (
    GOOD,
    HOPELESS,
    KINDS,
    NOW,
    Script,
    stage,
)
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.scripted import Reports, gaps, keeper_of
from tests.tokens.token_server import Asked, Says, client, says, token_server, until


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
