"""The source `oauth2`, against a token endpoint on loopback."""

import asyncio
import base64
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
from tests.tokens.token_server import Asked, Says, client, says, token_server

GIVEN = {"access_token": "canary-access", "token_type": "Bearer", "expires_in": 60}
CLIENT = Client("me", Credential("canary-secret"))


def form(asked: Asked) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    return dict(parse_qsl(asked.body.decode(), keep_blank_values=True))


async def test_client_credentials_by_basic_authentication(clock: FakeClock) -> None:
    """Id and secret are encoded like a form first: RFC 6749, section 2.3.1."""
    asking = Client("me:1", Credential("a b%"))
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        source = OAuth2Source(
            f"{server.url}/token", asking, service=way, parameters={"scope": "a b"}
        )
        token = await source.fetch()
    assert token.fields == {"token": "canary-access"}
    assert token.expires_at == clock.wall() + 60
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/token")
    assert form(asked) == {"grant_type": "client_credentials", "scope": "a b"}
    kind, _, pair = asked.headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(pair)) == ("Basic", b"me%3A1:a+b%25")


async def test_client_credentials_in_the_body(clock: FakeClock) -> None:
    """For services that know nothing else."""
    asking = Client("me", Credential("{token}&"), in_body=True)
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        await OAuth2Source(server.url, asking, service=way).fetch()
    (asked,) = server.asked
    assert "Authorization" not in asked.headers
    assert form(asked) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "{token}&",
    }


async def test_a_client_without_a_secret_names_itself(clock: FakeClock) -> None:
    """A public one, with a refresh token: RFC 6749, section 3.2.1."""
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        login = RefreshToken("r1", FakeClock())
        source = OAuth2Source(
            server.url, Client("me"), service=way, refresh_token=login
        )
        await source.fetch()
    assert form(server.asked[0]) == {
        "grant_type": "refresh_token",
        "refresh_token": "r1",
        "client_id": "me",
    }
    assert login.read() == "r1"


async def test_l13_a_rotated_refresh_token_is_stored_before_anything_else(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Even if the rest of the answer is of no use, and before the token is out."""
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


@pytest.mark.parametrize(
    ("status", "answer", "recoverable", "told"),
    [
        (400, {"error": "invalid_request"}, False, "400: invalid_request"),
        (400, {"error": "invalid_client"}, False, "400: invalid_client"),
        (401, {"error": "invalid_client"}, False, "401: invalid_client"),
        (400, {"error": "invalid_grant"}, False, "400: invalid_grant"),
        (400, {"error": "unauthorized_client"}, False, "400: unauthorized_client"),
        (
            400,
            {"error": "unsupported_grant_type"},
            False,
            "400: unsupported_grant_type",
        ),
        (400, {"error": "invalid_scope"}, False, "400: invalid_scope"),
        (
            400,
            {"error": "invalid_target", "error_description": "No such resource"},
            False,
            "400: invalid_target: No such resource",
        ),
        (400, {"error": "their_own", "error_description": 7}, False, "400: their_own"),
        (
            400,
            {"error": "invalid_client", "error_description": "not canary-secret"},
            False,
            "400: invalid_client: not …",
        ),
        (
            400,
            {"error": "temporarily_unavailable"},
            True,
            "400: temporarily_unavailable",
        ),
        (400, {"error": "server_error"}, True, "400: server_error"),
        (400, {"error": "slow_down"}, True, "400: slow_down"),
        (408, {"error": "invalid_grant"}, True, "408: invalid_grant"),
        (429, {"error": "invalid_request"}, True, "429: invalid_request"),
        (500, {"error": "invalid_grant"}, True, "500: invalid_grant"),
        (503, {"error": "invalid_client"}, True, "503: invalid_client"),
        (400, {}, True, "400: {}"),
        (403, {"message": "no"}, False, '403: {"message": "no"}'),
        (500, "", True, '500: ""'),
    ],
)
async def test_an_error_is_told_in_the_words_of_the_standard(
    clock: FakeClock,
    status: int,
    answer: object,
    recoverable: bool,  # noqa: FBT001 - a column of the table
    told: str,
) -> None:
    """An error is final unless it passes by itself; a fault of the service is none."""
    async with (
        token_server(clock, says(answer, status)) as server,
        client(clock) as way,
    ):
        with pytest.raises(SourceError) as caught:
            await OAuth2Source(server.url, CLIENT, service=way).fetch()
    assert caught.value.recoverable is recoverable
    host = server.url.removeprefix("http://")
    assert str(caught.value) == f"{host} answered {told}"


async def test_an_error_with_a_status_of_success_is_one(clock: FakeClock) -> None:
    """Some services answer everything with 200. A token beside it is a token."""
    error = {"error": "bad_code", "error_description": "It is over"}
    async with token_server(clock, says(error)) as server, client(clock) as way:
        source = OAuth2Source(server.url, CLIENT, service=way)
        with pytest.raises(SourceError, match=r"gave no token: bad_code: It is over$"):
            await source.fetch()
        server.answer = says({**GIVEN, **error})
        assert (await source.fetch()).fields == {"token": "canary-access"}


@pytest.mark.parametrize("in_body", [True, False])
@pytest.mark.parametrize(
    "form", ["{}", "got {}", '{{"error":"e","error_description":"{}"}}']
)
async def test_no_echo_of_the_request_is_told(
    clock: FakeClock,
    in_body: bool,  # noqa: FBT001 - both ways to show who asks
    form: str,
) -> None:
    """Neither of the secret nor of the refresh token, as they were sent or bare."""
    login = "r/e+fresh"
    asking = Client("me", Credential("s3cr&t"), in_body=in_body)
    spelt = ["s3cr", "r/e+", "r%2Fe", base64.b64encode(b"me:s3cr%26t").decode()]

    def echo(asked: Asked) -> Says:
        sent = f"{asked.body.decode()} {asked.headers.get('Authorization')} {login}"
        return Says(form.format(f"{sent} s3cr&t").encode(), 400)

    async with token_server(clock, echo) as server, client(clock) as way:
        source = OAuth2Source(
            server.url,
            asking,
            service=way,
            refresh_token=RefreshToken(login, FakeClock()),
        )
        with pytest.raises(SourceError) as caught:
            await source.fetch()
    assert not any(one in str(caught.value) for one in spelt)
    assert "answered 400" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "lives"),
    [
        ({"access_token": "t"}, None),
        ({"access_token": "t", "expires_in": "60"}, 60),
        ({"access_token": "t", "token_type": "BEARER", "expires_in": 60}, 60),
    ],
)
async def test_less_is_enough(
    clock: FakeClock, answer: object, lives: float | None
) -> None:
    """`expires_in` is only recommended, and types have no case."""
    async with token_server(clock, says(answer)) as server, client(clock) as way:
        token = await OAuth2Source(server.url, CLIENT, service=way).fetch()
    ends = None if lives is None else clock.wall() + lives
    assert token.expires_at == ends


async def test_another_type_is_taken_where_it_is_configured(clock: FakeClock) -> None:
    """Some services have names of their own."""
    answer = says({**GIVEN, "token_type": "DPoP", "id_token": "id", "refresh_in": 30})
    async with token_server(clock, answer) as server, client(clock) as way:
        source = OAuth2Source(
            server.url,
            CLIENT,
            service=way,
            token_type="dpop",
            fields={"token": "/id_token"},
        )
        told: list[float] = []
        source.measured = told.append
        token = await source.fetch()
    assert token.fields == {"token": "id"}
    assert token.refresh_in == 30
    assert told == [pytest.approx(0, abs=1)]


async def test_a_replaced_secret_is_seen(clock: FakeClock, tmp_path: Path) -> None:
    """By its fingerprint."""
    path = secret(tmp_path / "secret", b"one")
    async with client(clock) as way:
        asking = Client("me", Credential(SecretFile(path)))
        source = OAuth2Source("https://h/", asking, service=way)
        before = source.fingerprint()
        secret(path, b"two")
        assert source.fingerprint() != before


async def test_no_secret_is_printed() -> None:
    """Neither the client's nor a token."""
    assert "canary" not in repr(CLIENT)


class Rotating:
    """A token endpoint that takes its time; each refresh token is good for one use."""

    def __init__(self, clock: FakeClock, *, takes: float) -> None:
        self.clock = clock
        self.takes = takes
        self.used: list[str] = []

    async def ask(self, request: ServiceRequest) -> ServiceReply:
        """Use the token up, and answer with the next one after a while."""
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
    """After the attempt that asked was given up; the next one takes it over."""
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
    """A token for each request: what one has begun, the next one gets."""
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
