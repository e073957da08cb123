"""The source `http`."""

from pathlib import Path

import pytest

from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.token import SOURCES
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

URL = "https://id.example.com/token"


def stream(token: dict[str, object], **keys: object) -> dict[str, object]:
    """Return the table of a stream with this token."""
    return {
        "url": "https://h/{playback_id}.m3u8",
        "playback_id": "p1",
        "token": {"source": "http", "url": URL, **token},
        "placement": [{"query": "t"}],
        **keys,
    }


def built(token: dict[str, object], **keys: object) -> HttpToken:
    """Return the token of a stream, filled."""
    around = ValueContext(Path(), {"KEY": "CANARY"})
    made = StreamSettings.model_validate(stream(token, **keys), context=around)
    assert isinstance(made.token, HttpToken)
    assert "CANARY" not in repr(made)
    return made.token


def test_a_url_is_enough() -> None:
    """The token is at `/token`."""
    token = built({})
    assert (token.method, token.fields) == ("GET", {"token": "/token"})
    assert token.field_names() == {"token"}


def test_placeholders_of_the_stream_are_filled() -> None:
    """Everywhere in the request, also in a payer's; its own placeholders stay."""
    token = built(
        {
            "url": "https://{host}/{account}/{playback_id}?k={secret}",
            "method": "POST",
            "headers": {"X": "{account} {secret} {bearer}"},
            "body_json": {"id": ["{playback_id}", 1]},
            "secret": "CANARY",
            "using": {
                "source": "http",
                "url": "https://{host}/login",
                "fields": {"bearer": "/b"},
            },
        },
        host="id.example.com",
        variables={"account": "a1"},
    )
    assert token.url == "https://id.example.com/a1/p1?k={secret}"
    assert token.headers == {"X": "a1 {secret} {bearer}"}
    assert token.body_json == {"id": ["p1", 1]}
    assert isinstance(token.using, HttpToken)
    assert token.using.url == "https://id.example.com/login"


def test_a_member_of_a_family_has_its_own_request() -> None:
    """With the id in the player's request."""
    around = ValueContext(Path(), {})
    table = stream({"url": f"{URL}/{{id}}"}, playback_id="{id}")
    member = StreamSettings.model_validate(table, context=around).for_member("m1")
    assert isinstance(member.token, HttpToken)
    assert member.token.url == f"{URL}/m1"


USING = {"source": "static", "value": "CANARY"}
OAUTH2 = {
    "source": "oauth2",
    "token_url": URL,
    "client_id": "me",
    "client_secret": "CANARY",
}


@pytest.mark.parametrize(
    ("token", "line"),
    [
        (
            {"headers": {"X": "{secret}"}},
            (
                "token.secret: is missing; "
                "expected one of secret, secret_file and secret_env"
            ),
        ),
        (
            {"basic": "me"},
            (
                "token.secret: is missing; "
                "expected one of secret, secret_file and secret_env"
            ),
        ),
        (
            {"secret": "CANARY"},
            (
                "token.secret: is not used; "
                "expected {secret} in url, headers or body, or basic"
            ),
        ),
        (
            {"secret": "CANARY", "secret_env": "KEY"},
            (
                "token.secret: is set more than once, "
                "by secret, secret_file or secret_env; "
                "expected exactly one of them"
            ),
        ),
        (
            {"using": USING},
            "token.using: is not used; expected one of {token} in url, headers or body",
        ),
        (
            {"using": {**USING, "value": ""}, "headers": {"X": "{token}"}},
            "token.using.value: is empty; expected a secret",
        ),
        (
            {"using": {"source": "saml"}},
            f'token.using.source: "saml"; expected one of {", ".join(SOURCES)}',
        ),
        (
            {"using": {**OAUTH2, "client_id": 3}, "headers": {"X": "{token}"}},
            "token.using.client_id: a number; expected a string",
        ),
        (
            {
                "using": {**OAUTH2, "token_url": "h/token"},
                "headers": {"X": "{token}"},
            },
            (
                "token.using.token_url: is not a URL; "
                "expected one such as https://host/live.m3u8"
            ),
        ),
        ({"body": "x"}, 'token.method: "GET" with a body; expected "POST" or "PUT"'),
        (
            {"method": "POST", "body": "x", "body_form": {}},
            (
                "token.body_form: more than one body is set; "
                "expected one of body, body_json, body_form"
            ),
        ),
        (
            {"headers": {"X": "{nobody}"}},
            (
                "token.headers: {nobody} is not defined; expected one of host, id, "
                "playback_id, secret, or a key of variables"
            ),
        ),
        (
            {"url": "https://{nobody}/"},
            (
                "token.url: {nobody} is not defined; expected one of host, id, "
                "playback_id, secret, or a key of variables"
            ),
        ),
        (
            {"url": f"{URL}/{{id}}"},
            (
                "token.url: has {id}, but the url does not; "
                "expected {id} in both or in neither"
            ),
        ),
        (
            {"url": "id.example.com/token"},
            "token.url: is not a URL; expected one such as https://host/live.m3u8",
        ),
        (
            {"url": "https://me:CANARY@h/"},
            (
                "token.url: has a user before the host; "
                "expected a URL without user and password"
            ),
        ),
        ({"headers": {"Host": "x"}}, None),
        (
            {"url": f"{URL}?{{host}}"},
            "host: is missing; expected it to be set: the url or the token uses {host}",
        ),
    ],
    ids=range(18),
)
def test_mistakes_are_reported(token: dict[str, object], line: str | None) -> None:
    """As the user wrote them, without secrets."""
    lines = told(StreamSettings, stream(token), environ={"KEY": "CANARY"})
    assert "CANARY" not in str(lines)
    assert line is None or lines == [line]
    assert lines


def test_a_payer_that_signs_for_urls_is_refused() -> None:
    """There is no URL to sign."""
    using = {
        "source": "sign-hash",
        "algorithm": "md5",
        "message": "{secret}{path}",
        "key": "CANARY",
    }
    lines = told(StreamSettings, stream({"using": using, "headers": {"X": "{token}"}}))
    (line,) = lines
    assert line.startswith(
        "token.using: signs each URL by itself; expected a token that"
    )


def test_a_missing_field_cannot_be_placed() -> None:
    """Placements refer to fields."""
    table = stream({"fields": {"a": "/a"}})
    (line,) = told(StreamSettings, table)
    assert line.startswith("placement[0]")


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    """It is read when a token is requested."""
    path = tmp_path / "service.key"
    path.write_text("CANARY")
    path.chmod(0o600)
    table = stream({"secret_file": "service.key", "headers": {"X": "{secret}"}})
    made = StreamSettings.model_validate(table, context=ValueContext(tmp_path, {}))
    assert isinstance(made.token, HttpToken)
    assert made.token.secret_file == path
