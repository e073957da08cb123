"""The source `http`, against a service on loopback."""

from pathlib import Path

import pytest

from proxy.core.tokens.service.request_template import JsonBody, RequestTemplate
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.secret_file import SecretFile
from proxy.tokens.sources.credential import Credential
from proxy.tokens.sources.http import HttpSource
from proxy.tokens.sources.layout import Layout
from tests.fake_clock import FakeClock
from tests.tokens.files import secret
from tests.tokens.scripted import ScriptedSource, keeper_of
from tests.tokens.token_server import Asked, Says, client, says, token_server

LAYOUT = Layout({"token": "/token"}, expires_in="/lives")
GIVEN = {"token": "canary", "lives": 60}


async def test_a_service_is_called_as_configured(clock: FakeClock) -> None:
    """Method, URL, headers and body; the secret in its place."""
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        source = HttpSource(
            RequestTemplate(
                "PUT",
                f"{server.url}/v1/%7e?k={{secret}}",
                headers={"X-Key": "{secret}"},
                body=JsonBody({"key": "{secret}"}),
            ),
            LAYOUT,
            service=way,
            credential=Credential("s/1"),
        )
        token = await source.fetch()
    assert token.fields == {"token": "canary"}
    assert token.expires_at == clock.wall() + 60
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("PUT", "/v1/%7e?k=s%2F1")
    assert asked.headers["X-Key"] == "s/1"
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.body == b'{"key": "s/1"}'


async def test_the_services_clock_is_reported(clock: FakeClock) -> None:
    """The token's expiry refers to that clock."""
    told: list[float] = []
    ends = clock.wall() + 3600 + 60
    answer = says({"token": "t", "ends": ends})
    async with token_server(clock, answer) as server, client(clock) as way:
        server.ahead = 3600
        layout = Layout({"token": "/token"}, expires_at="/ends")
        source = HttpSource(RequestTemplate("GET", server.url), layout, service=way)
        source.measured = told.append
        token = await source.fetch()
    assert token.expires_at == clock.wall() + 60
    assert told == [pytest.approx(3600, abs=1)]


async def test_a_replaced_secret_is_used_and_noticed(
    clock: FakeClock, tmp_path: Path
) -> None:
    """It is read for each token."""
    path = secret(tmp_path / "secret", b"one")
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        source = HttpSource(
            RequestTemplate("GET", server.url, user="me"),
            LAYOUT,
            service=way,
            credential=Credential(SecretFile(path)),
        )
        await source.fetch()
        before = source.fingerprint()
        secret(path, b"two")
        await source.fetch()
        assert source.fingerprint() != before
    first, second = (asked.headers["Authorization"] for asked in server.asked)
    assert first != second


async def test_without_a_file_nothing_changes(clock: FakeClock) -> None:
    """Its keeper need not check anything."""
    async with client(clock) as way:
        template = RequestTemplate("GET", "https://h/")
        assert HttpSource(template, LAYOUT, service=way).fingerprint() == b""


async def test_another_token_pays_for_this_one(clock: FakeClock) -> None:
    """It is kept, and requested once."""
    payer = ScriptedSource(clock)
    using = keeper_of(payer, clock)
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        bearer = {"Authorization": "Bearer {token}"}
        template = RequestTemplate("POST", server.url, headers=bearer)
        source = HttpSource(template, LAYOUT, service=way, using=using)
        await source.fetch()
        await source.fetch()
    assert source.paid == {"t1"}
    assert [asked.headers["Authorization"] for asked in server.asked] == [
        "Bearer t1",
        "Bearer t1",
    ]
    assert len(payer.asked) == 1


async def test_sent_credentials_are_reported(clock: FakeClock) -> None:
    """Its name decides if it is secret; an id is not."""
    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        template = RequestTemplate(
            "POST",
            f"{server.url}/?k={{secret}}&apikey=key-1&video=clip-1",
            headers={"X-Key": "Key key-2"},
            body=JsonBody({"user": "me", "password": "word-1"}),
        )
        credential = Credential("s/1")
        source = HttpSource(template, LAYOUT, service=way, credential=credential)
        assert not source.paid
        await source.fetch()
    assert source.paid == {"s/1", "key-1", "key-2", "word-1"}


async def test_a_refused_payer_is_renewed_once(clock: FakeClock) -> None:
    """The service is called again with the newer one."""

    def answer(asked: Asked) -> Says:
        new = asked.headers["Authorization"] == "Bearer t2"
        return says(GIVEN) if new else says({}, 401)

    using = keeper_of(ScriptedSource(clock), clock)
    async with token_server(clock, answer) as server, client(clock) as way:
        bearer = {"Authorization": "Bearer {token}"}
        template = RequestTemplate("GET", server.url, headers=bearer)
        source = HttpSource(template, LAYOUT, service=way, using=using)
        assert (await source.fetch()).fields == {"token": "canary"}
        server.answer = says({}, 403)
        with pytest.raises(SourceError, match="answered 403") as caught:
            await source.fetch()
    assert not caught.value.recoverable
    assert len(server.asked) <= 4


async def test_a_missing_payer_is_waited_for(clock: FakeClock) -> None:
    """As long as its keeper says; the service is not called meanwhile."""

    class Nothing:
        async def token(self) -> KeptToken:
            raise TokenUnavailableError(
                "no token: it is down", retry_after=5, for_all=True
            )

        async def refused(self, kept: KeptToken) -> KeptToken:
            return kept

        def accepted(self, kept: KeptToken) -> None:
            del kept

        def fingerprint(self) -> bytes:
            return b""

        @property
        def paid(self) -> frozenset[str]:
            return frozenset()

    async with token_server(clock, says(GIVEN)) as server, client(clock) as way:
        template = RequestTemplate("GET", server.url)
        source = HttpSource(template, LAYOUT, service=way, using=Nothing())
        with pytest.raises(SourceError, match="it is down") as caught:
            await source.fetch()
    assert caught.value.retry_after == 5
    assert caught.value.for_all
    assert caught.value.recoverable
    assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        Says(b""),
        Says(b"<html>canary</html>", headers={"Content-Type": "text/html"}),
        says({"lives": 60}),
        says({"token": "canary"}),
        says({"token": "canary", "lives": "abc"}),
        Says(b'"' + b"x" * 10_000_000 + b'"'),
        says(GIVEN, 500),
        says(GIVEN, 302, Location="https://evil.test/canary"),
    ],
    ids=["empty", "HTML", "no token", "no end", "end", "10 MB", "500", "302"],
)
async def test_an_answer_without_a_token_is_a_failure(
    clock: FakeClock, answer: Says
) -> None:
    """The error shows none of the answer."""
    async with token_server(clock, answer) as server, client(clock) as way:
        template = RequestTemplate("GET", server.url)
        with pytest.raises(SourceError) as caught:
            await HttpSource(template, LAYOUT, service=way).fetch()
    assert "canary" not in str(caught.value)
    assert caught.value.recoverable


async def test_a_plain_text_is_a_token(clock: FakeClock) -> None:
    """Without pointers."""
    async with token_server(clock, Says(b"canary\n")) as server, client(clock) as way:
        template = RequestTemplate("GET", server.url)
        token = await HttpSource(template, Layout(), service=way).fetch()
    assert token == Token({"token": "canary"})


@pytest.mark.parametrize(
    ("answer", "told", "recoverable"),
    [
        (says({"error": "no such stream"}), "gave no token: no such stream", True),
        (says({"error": "invalid_grant"}), "gave no token: invalid_grant", False),
        (
            says({"error": "invalid_scope", "error_description": "view"}, 400),
            "answered 400: invalid_scope: view",
            False,
        ),
        (says({"error": "busy"}, 400), "answered 400: busy", True),
        (Says(b"Key s3cr+t-of-mine?", 403), "answered 403: Key …?", False),
        (Says(b"Key s3cr%2Bt-of-mine?", 403), "answered 403: Key …?", False),
    ],
)
async def test_the_services_message_is_reported(
    clock: FakeClock,
    answer: Says,
    told: str,
    recoverable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """An OAuth error is final here too; other texts may mean anything."""
    async with token_server(clock, answer) as server, client(clock) as way:
        template = RequestTemplate("GET", f"{server.url}/?key={{secret}}")
        credential = Credential("s3cr+t-of-mine")
        source = HttpSource(template, LAYOUT, service=way, credential=credential)
        with pytest.raises(SourceError) as caught:
            await source.fetch()
    host = server.url.removeprefix("http://")
    assert str(caught.value) == f"{host} {told}"
    assert caught.value.recoverable is recoverable
