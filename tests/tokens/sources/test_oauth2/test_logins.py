"""The source oauth2 loses no login: refresh tokens that can be used once."""

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from proxy.core.tokens.service.messages import ServiceReply, ServiceRequest
from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.logins.refresh_token import EXCHANGE_SECONDS, RefreshToken
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.scripted import Reports, keeper_of, seeded
from tests.tokens.token_server import Asked, client, says, token_server

GIVEN = {"access_token": "canary-access", "token_type": "Bearer", "expires_in": 60}


CLIENT = Client("me", Credential("canary-secret"))


def form(asked: Asked) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    return dict(parse_qsl(asked.body.decode(), keep_blank_values=True))


async def test_l13_a_rotated_refresh_token_is_stored_before_anything_else(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Even if the rest of the answer is useless, and before the token is used."""
    path = secret(tmp_path / "login", b"r1")
    broken = {"refresh_token": "r2", "token_type": "mac"}
    async with token_server(clock, says(broken)) as server, client(clock) as way:
        login = RefreshToken(SecretFile(path), FakeClock())
        source = OAuth2Source(server.url, CLIENT, service=way, refresh_token=login)
        before = source.fingerprint()
        with pytest.raises(SourceError, match="not of type"):
            await source.fetch()
        assert path.read_text() == "r2"
        server.answer = says({**GIVEN, "refresh_token": "r3"})
        await source.fetch()
        assert path.read_text() == "r3"
        assert source.fingerprint() == before
    assert [form(asked)["refresh_token"] for asked in server.asked] == ["r1", "r2"]


class Rotating:
    """A slow token endpoint; each refresh token can be used once."""

    def __init__(self, clock: FakeClock, *, takes: float) -> None:
        self.clock = clock
        self.takes = takes
        self.used: list[str] = []

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Invalidate the token, and answer with the next one after a while."""
        assert request.seconds == EXCHANGE_SECONDS
        sent = dict(parse_qsl((request.body or b"").decode()))["refresh_token"]
        self.used.append(sent)
        now, number = self.clock.wall(), len(self.used)
        good = sent == f"r{number}"
        await self.clock.sleep(self.takes)
        body = {
            **GIVEN,
            "access_token": f"a{number}",
            "refresh_token": f"r{number + 1}",
        }
        answer = body if good else {"error": "invalid_grant"}
        status = 200 if good else 400
        return ServiceReply(
            status,
            headers=(),
            body=json.dumps(answer).encode(),
            sent=now,
            seconds=self.takes,
        )


@pytest.mark.parametrize("takes", [10.5, 30.0])
async def test_l13_an_answer_that_is_late_is_stored_and_used(
    clock: FakeClock, tmp_path: Path, takes: float
) -> None:
    """The attempt was cancelled; the next one uses the answer."""
    path = secret(tmp_path / "login", b"r1")
    service = Rotating(clock, takes=takes)
    login = RefreshToken(SecretFile(path), FakeClock())
    source = OAuth2Source(
        "https://h/", Client("me"), service=service, refresh_token=login
    )
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(takes + 1)
        assert path.read_text() == "r2"
        assert (await keeper.token()).token.fields == {"token": "a1"}
    assert service.used == ["r1"]


async def test_l13_a_player_that_hangs_up_loses_no_login(
    clock: FakeClock, tmp_path: Path
) -> None:
    """With a token per request, the next request gets what the last one began."""
    path = secret(tmp_path / "login", b"r1")
    service = Rotating(clock, takes=0.6)
    login = RefreshToken(SecretFile(path), FakeClock())
    source = OAuth2Source(
        "https://h/", Client("me"), service=service, refresh_token=login
    )
    keeper = OnceKeeper(
        source,
        stream="lobby",
        local=False,
        clock=clock,
        rng=seeded(),
        report=Reports(),
    )
    one, two = (asyncio.create_task(keeper.token()) for _ in range(2))
    await clock.advance(0.2)
    one.cancel()
    await clock.advance(0.5)
    assert path.read_text() == "r2"
    three = asyncio.create_task(keeper.token())
    await clock.advance(1)
    fields = [(await each).token.fields["token"] for each in (three, two)]
    assert fields == ["a1", "a2"]
    assert service.used == ["r1", "r2"]
    assert path.read_text() == "r3"
