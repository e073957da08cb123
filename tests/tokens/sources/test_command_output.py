"""The output of credential programs."""

import json

import pytest

from proxy.errors import SourceError
from proxy.tokens.sources.command_output import OutputFormat, printed_token
from proxy.tokens.sources.layout import Layout, TokenTimes

NOW = 1_893_456_000.0  # 2030-01-01T00:00:00Z
TIMES = TokenTimes(NOW)
KUBERNETES = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "kind": "ExecCredential",
    "status": {"token": "canary", "expirationTimestamp": "2030-01-01T00:01:00Z"},
}
AWS = {
    "Version": 1,
    "AccessKeyId": "id",
    "SecretAccessKey": "canary",
    "SessionToken": "session",
    "Expiration": "2030-01-01T00:01:00+00:00",
}
GOOGLE = {
    "version": 1,
    "success": True,
    "token_type": "urn:ietf:params:oauth:token-type:id_token",
    "id_token": "canary",
    "expiration_time": NOW + 60,
}
SAML = {
    **GOOGLE,
    "token_type": "urn:ietf:params:oauth:token-type:saml2",
    "saml_response": "saml",
}
OWN = Layout({"token": "/mine"}, expires_in="/lives")


def text(value: object) -> bytes:
    """Return what a program prints."""
    return json.dumps(value, indent=2).encode() + b"\n"


@pytest.mark.parametrize(
    ("printed", "form", "layout", "fields", "lives"),
    [
        (text(KUBERNETES), OutputFormat.KUBERNETES, Layout(), {"token": "canary"}, 60),
        (
            text(AWS),
            OutputFormat.AWS,
            Layout(),
            {
                "access_key_id": "id",
                "secret_access_key": "canary",
                "session_token": "session",
            },
            60,
        ),
        (text(GOOGLE), OutputFormat.GOOGLE, Layout(), {"token": "canary"}, 60),
        (text(SAML), OutputFormat.GOOGLE, Layout(), {"token": "saml"}, 60),
        (
            text({"mine": "canary", "lives": 60}),
            OutputFormat.JSON,
            OWN,
            {"token": "canary"},
            60,
        ),
        (b"canary\n", OutputFormat.TEXT, Layout(), {"token": "canary"}, None),
        (b"canary\n", OutputFormat.TEXT, Layout(ttl=90), {"token": "canary"}, 90),
        (b'{"a": 1}', OutputFormat.TEXT, Layout(), {"token": '{"a": 1}'}, None),
    ],
    ids=["kubernetes", "aws", "google", "saml", "json", "text", "ttl", "text json"],
)
def test_the_forms_of_output(
    printed: bytes,
    form: OutputFormat,
    layout: Layout,
    fields: dict[str, str],
    lives: float | None,
) -> None:
    """With the token and its expiry."""
    token = printed_token(printed, form, layout, TIMES)
    assert token.fields == fields
    assert token.expires_at == (None if lives is None else NOW + lives)
    seen = (
        OutputFormat.AUTO
        if form is not OutputFormat.AWS and printed != b'{"a": 1}'
        else form
    )
    assert printed_token(printed, seen, layout, TIMES) == token


@pytest.mark.parametrize(
    ("printed", "form"),
    [
        ({**KUBERNETES, "status": {"token": "t"}}, OutputFormat.KUBERNETES),
        ({key: AWS[key] for key in list(AWS)[:3]}, OutputFormat.AWS),
        ({key: GOOGLE[key] for key in list(GOOGLE)[:4]}, OutputFormat.GOOGLE),
    ],
)
def test_an_expiry_may_be_missing(printed: object, form: OutputFormat) -> None:
    """Such a token is used until it is refused; permanent keys have no session."""
    token = printed_token(text(printed), form, Layout(), TIMES)
    assert token.expires_at is None
    assert "session_token" not in token.fields


@pytest.mark.parametrize(
    ("printed", "form", "words"),
    [
        (
            text({**KUBERNETES, "kind": "Pod"}),
            OutputFormat.KUBERNETES,
            "not an ExecCredential",
        ),
        (
            text({**KUBERNETES, "status": {}}),
            OutputFormat.AUTO,
            "nothing at /status/token",
        ),
        (
            text({**KUBERNETES, "status": None}),
            OutputFormat.AUTO,
            "nothing at /status/token",
        ),
        (text({**AWS, "Version": 2}), OutputFormat.AWS, "a version other than 1"),
        (text({**AWS, "Expiration": "soon"}), OutputFormat.AWS, "no moment"),
        (text(AWS), OutputFormat.AUTO, 'expected format = "aws"'),
        (text({**GOOGLE, "success": False}), OutputFormat.AUTO, "says that it failed"),
        (text({**GOOGLE, "version": 2}), OutputFormat.AUTO, "a version other than 1"),
        (
            text({**GOOGLE, "token_type": "canary"}),
            OutputFormat.AUTO,
            "an unknown token_type",
        ),
        (text({**GOOGLE, "expiration_time": NOW}), OutputFormat.AUTO, "expired"),
        (text({"token": "canary"}), OutputFormat.AUTO, "expected fields"),
        (text(["canary"]), OutputFormat.AWS, "not an object"),
        (b"canary", OutputFormat.GOOGLE, "not JSON"),
        (b"{canary", OutputFormat.AUTO, "not JSON"),
        (b"", OutputFormat.AUTO, "empty"),
        (b"usage: canary\n  -h\n", OutputFormat.AUTO, "several lines"),
    ],
    ids=range(16),
)
def test_other_output_is_reported(
    printed: bytes, form: OutputFormat, words: str
) -> None:
    """None of it is shown."""
    with pytest.raises(SourceError, match=words) as caught:
        printed_token(printed, form, Layout(), TIMES)
    assert "canary" not in str(caught.value)
