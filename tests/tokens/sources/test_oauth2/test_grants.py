"""The source oauth2 sends requests as in RFC 6749, and accepts tokens."""

import base64
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from proxy.secret_file import SecretFile
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.token_server import Asked, client, says, token_server

GIVEN = {"access_token": "canary-access", "token_type": "Bearer", "expires_in": 60}


CLIENT = Client("me", Credential("canary-secret"))


def form(asked: Asked) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    return dict(parse_qsl(asked.body.decode(), keep_blank_values=True))


async def test_client_credentials_by_basic_authentication(clock: FakeClock) -> None:
    """Id and secret are form-encoded first: RFC 6749, section 2.3.1."""
    asking = Client("me:1", Credential("a b%"))
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        source = OAuth2Source(
            f"{server.url}/token", asking, service=way, parameters={"scope": "a b"}
        )
        token = await source.fetch()
    assert token.fields == {"token": "canary-access"}
    assert token.expires_at == clock.wall() + 60
    (asked,) = server.asked
    assert source.paid == {"a+b%25"}
    assert (asked.method, asked.path) == ("POST", "/token")
    assert form(asked) == {"grant_type": "client_credentials", "scope": "a b"}
    kind, _, pair = asked.headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(pair)) == ("Basic", b"me%3A1:a+b%25")


async def test_client_credentials_in_the_body(clock: FakeClock) -> None:
    """For services that accept nothing else."""
    asking = Client("me", Credential("{token}&"), in_body=True)
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        source = OAuth2Source(server.url, asking, service=way)
        assert not source.paid
        await source.fetch()
    (asked,) = server.asked
    assert source.paid == {"{token}&"}
    assert "Authorization" not in asked.headers
    assert form(asked) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "{token}&",
    }


async def test_a_client_without_a_secret_sends_its_id(clock: FakeClock) -> None:
    """It is a public one, with a refresh token: RFC 6749, section 3.2.1."""
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        login = RefreshToken("r1", FakeClock())
        source = OAuth2Source(
            server.url, Client("me"), service=way, refresh_token=login
        )
        assert source.paid == {"r1"}
        await source.fetch()
    assert source.paid == {"r1"}
    assert form(server.asked[0]) == {
        "grant_type": "refresh_token",
        "refresh_token": "r1",
        "client_id": "me",
    }
    assert login.read() == "r1"


@pytest.mark.parametrize(
    ("answer", "lives"),
    [
        ({"access_token": "t"}, None),
        ({"access_token": "t", "expires_in": "60"}, 60),
        ({"access_token": "t", "token_type": "BEARER", "expires_in": 60}, 60),
    ],
)
async def test_optional_members_may_be_missing(
    clock: FakeClock, answer: object, lives: float | None
) -> None:
    """`expires_in` is only recommended, and types are case-insensitive."""
    async with token_server(clock, says(answer)) as server, client(clock) as way:
        token = await OAuth2Source(server.url, CLIENT, service=way).fetch()
    ends = None if lives is None else clock.wall() + lives
    assert token.expires_at == ends


async def test_another_token_type_is_accepted_if_configured(clock: FakeClock) -> None:
    """Some services have their own types."""
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


async def test_a_replaced_secret_is_noticed(clock: FakeClock, tmp_path: Path) -> None:
    """By its fingerprint."""
    path = secret(tmp_path / "secret", b"one")
    async with client(clock) as way:
        asking = Client("me", Credential(SecretFile(path)))
        source = OAuth2Source("https://h/", asking, service=way)
        before = source.fingerprint()
        secret(path, b"two")
        assert source.fingerprint() != before


async def test_no_secret_is_printed() -> None:
    """Neither the client's secret nor a token."""
    assert "canary" not in repr(CLIENT)
