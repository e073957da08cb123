"""The source `oauth2`."""

from pathlib import Path

import pytest

from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.stream.stream import StreamSettings
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told

URL = "https://id.example.com/token"


def stream(**token: object) -> dict[str, object]:
    """Return the table of a stream with this token."""
    least = {"source": "oauth2", "token_url": URL, "client_id": "me"}
    return {
        "url": "https://h/live.m3u8",
        "variables": {"tenant": "t1"},
        "token": {**least, **token},
        "placement": [{"header": "Authorization", "value": "Bearer {token}"}],
    }


def built(**token: object) -> OAuth2Token:
    """Return the token of a stream, filled."""
    around = ValueContext(Path(), {"KEY": "CANARY"})
    made = StreamSettings.model_validate(stream(**token), context=around)
    assert isinstance(made.token, OAuth2Token)
    assert "CANARY" not in repr(made)
    return made.token


def test_a_client_and_its_secret_are_enough() -> None:
    """The rest is as in the standard."""
    token = built(client_secret="CANARY")
    assert (token.grant, token.client_auth) == ("client_credentials", "basic")
    assert token.field_names() == {"token"}


def test_placeholders_of_the_stream_are_filled() -> None:
    """In the URL and in the parameters."""
    token = built(
        client_secret_env="KEY",
        token_url="https://id.example.com/{tenant}/token",
        parameters={"audience": "{tenant}"},
    )
    assert token.token_url == "https://id.example.com/t1/token"
    assert token.parameters == {"audience": "t1"}


def test_a_public_client_only_has_a_refresh_token() -> None:
    """One with an assertion needs no secret."""
    assert built(grant="refresh_token", refresh_token="CANARY").client_secret is None
    assert built(parameters={"client_assertion": "CANARY"}).client_secret is None


@pytest.mark.parametrize(
    ("token", "line"),
    [
        (
            {},
            (
                "token.client_secret: is missing; "
                "expected client_secret, client_secret_file or client_secret_env"
            ),
        ),
        (
            {"grant": "refresh_token"},
            (
                "token.refresh_token: is missing; "
                'expected it with grant = "refresh_token", and only then'
            ),
        ),
        (
            {"client_secret": "CANARY", "refresh_token": "CANARY"},
            (
                "token.refresh_token: is set; "
                'expected it with grant = "refresh_token", and only then'
            ),
        ),
        (
            {"client_secret": "CANARY", "parameters": {"client_id": "x"}},
            "token.parameters: client_id is set; expected its own key in this table",
        ),
        (
            {"client_secret": "CANARY", "parameters": {"a": "{nobody}"}},
            (
                "token.parameters: {nobody} is not defined; "
                "expected one of host, id, playback_id, tenant, or a key of variables"
            ),
        ),
        (
            {"client_secret": "CANARY", "token_url": "https://h/{nobody}"},
            (
                "token.token_url: {nobody} is not defined; "
                "expected one of host, id, playback_id, tenant, or a key of variables"
            ),
        ),
        (
            {"client_secret": "CANARY", "token_url": "h/token"},
            "token.token_url: is not a URL; expected one such as https://host/live.m3u8",
        ),
        (
            {"client_secret": "CANARY", "grant": "password"},
            (
                'token.grant: "password"; '
                "expected one of client_credentials, refresh_token"
            ),
        ),
    ],
    ids=range(8),
)
def test_mistakes_are_reported(token: dict[str, object], line: str) -> None:
    """As the user wrote them, without secrets."""
    assert told(StreamSettings, stream(**token)) == [line]
