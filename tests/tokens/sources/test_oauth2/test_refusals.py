"""The source oauth2 reports what an endpoint says when it refuses."""

import base64

import pytest

from proxy.errors import SourceError
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from tests.fake_clock import FakeClock
from tests.tokens.token_server import Asked, Says, client, says, token_server

GIVEN = {"access_token": "canary-access", "token_type": "Bearer", "expires_in": 60}


CLIENT = Client("me", Credential("canary-secret"))


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
async def test_an_error_is_reported_in_the_words_of_the_standard(
    clock: FakeClock,
    status: int,
    answer: object,
    recoverable: bool,  # noqa: FBT001 - a column of the table
    told: str,
) -> None:
    """It is final unless it is temporary; a failure of the service is not final."""
    async with (
        token_server(clock, says(answer, status)) as server,
        client(clock) as way,
    ):
        with pytest.raises(SourceError) as caught:
            await OAuth2Source(server.url, CLIENT, service=way).fetch()
    assert caught.value.recoverable is recoverable
    host = server.url.removeprefix("http://")
    assert str(caught.value) == f"{host} answered {told}"


async def test_an_error_with_status_200_is_an_error(clock: FakeClock) -> None:
    """Some services always answer 200. A token beside it counts."""
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
async def test_no_repeated_credential_is_reported(
    clock: FakeClock,
    in_body: bool,  # noqa: FBT001 - both ways to show who asks
    form: str,
) -> None:
    """Neither the secret nor the refresh token, encoded or plain."""
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
