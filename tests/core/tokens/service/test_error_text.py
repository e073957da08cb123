"""A server's own words about a refusal, for the log."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.headers import Fields
from proxy.core.tokens.service.error_text import SAID_BYTES, error_code, words

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDB9.c2lnbmF0dXJl"
S3 = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
    "<Message>Request has expired</Message></Error>"
)
NGINX = (
    "<html>\r\n<head><title>403 Forbidden</title><style>b{color:red}</style></head>\r\n"
    "<body>\r\n<center><h1>Not &amp; never</h1></center></body></html>"
)


def typed(content_type: str, *challenges: str) -> Fields:
    """Return the fields of an answer."""
    asked = tuple(("WWW-Authenticate", challenge) for challenge in challenges)
    return (("Content-Type", content_type), *asked)


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("text/plain", "Token has expired\n", "Token has expired"),
        ("text/plain; charset=utf-8", "\ufeffNo\r\n\tway", "No way"),
        ("", "no type at all", "no type at all"),
        (
            "application/json",
            '{"error": "invalid_target", "error_description": "No such resource"}',
            "invalid_target: No such resource",
        ),
        ("application/json", '{"error": "invalid_token"}', "invalid_token"),
        (
            "application/json",
            '{"error": "geo_blocked", "message": "not in your country"}',
            "geo_blocked: not in your country",
        ),
        (
            "application/json",
            '{"error": "a", "error_description": "b", "message": "c"}',
            "a: b",
        ),
        ("application/json", '{"error": "a", "message": 3}', "a"),
        ("text/plain", '{"error": "in_plain_text"}', "in_plain_text"),
        (
            "application/problem+json",
            '{"title":"Forbidden",\n "detail":"geo"}',
            '{"title": "Forbidden", "detail": "geo"}',
        ),
        (
            "application/json",
            '{"error": {"code": 401, "message": "JWT expired"}}',
            '{"error": {"code": 401, "message": "JWT expired"}}',
        ),
        ("application/json", '["not", "an object"]', '["not", "an object"]'),
        ("application/json", '{"cut": "off', '{"cut": "off'),
        ("application/xml", S3, "AccessDenied Request has expired"),
        ("text/html", NGINX, "403 Forbidden Not & never"),
        ("video/mp2t", "not for people", ""),
        ("application/octet-stream", "who knows", "who knows"),
        ("application/octet-stream", "G\0\ufffd", ""),
        ("", "\0\1\2", ""),
        ("text/plain", "", ""),
    ],
)
def test_a_body_is_reported_on_one_line(
    content_type: str, body: str, said: str
) -> None:
    """Text without markup; for OAuth the error and its description."""
    assert words(typed(content_type), body.encode()) == said


@pytest.mark.parametrize(
    ("challenge", "said"),
    [
        ('Bearer error="invalid_token"', "invalid_token"),
        (
            'Bearer error="invalid_token", error_description="It \\"ended\\""',
            'invalid_token: It "ended"',
        ),
        ("Bearer error=insufficient_scope", "insufficient_scope"),
        ('Digest realm="cam", nonce="0a4f"', "it asks for Digest"),
        ("Basic", "it asks for Basic"),
        ("", ""),
        ('="', ""),
    ],
)
def test_a_challenge_is_reported(challenge: str, said: str) -> None:
    """Its error and description (RFC 6750, section 3), or how to authenticate."""
    assert words(typed("video/mp2t", challenge), b"") == said


def test_both_are_reported_once() -> None:
    """The body first, then each challenge."""
    fields = typed("text/plain", 'Bearer error="a"', "Basic", 'Bearer error="a"')
    assert words(fields, b"No") == "No; a; it asks for Basic"
    same = typed("application/json", 'Bearer error="invalid_token"')
    assert words(same, b'{"error": "invalid_token"}') == "invalid_token"


SECRET = "p@ss w/rd+&\"'7"


@pytest.mark.parametrize(
    "echo",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(quote(SECRET, safe=""), safe=""),
        html.escape(SECRET),
        json.dumps(SECRET),
        f"https://cdn.test/a.m3u8?sig={quote(SECRET)}",
        f"/a.m3u8?sig={quote_plus(SECRET)}",
        f"a=1&sig={quote_plus(SECRET)}",
    ],
)
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "text/html"]
)
@pytest.mark.parametrize("form", ["echo: {}", "{}", '{{"error": "{}"}}', "<p>{}</p>"])
def test_no_repeated_secret_is_reported(
    echo: str, content_type: str, form: str
) -> None:
    """In any spelling and place."""
    body = form.format(echo).encode()
    for fields in (typed(content_type), typed("", f'Bearer error="{echo}"')):
        said = words(fields, body, {SECRET})
        assert not any(piece in said for piece in ("p@ss", "p%40ss", "w/rd", "w%2Frd"))


@pytest.mark.parametrize(
    "text",
    [
        f"bad token {JWT}",
        "GET /live/a.m3u8?e=1764460800&h=Zm9v denied",
        "signature e=1764460800&h=Zm9v is over",
        '{"path": "/a.m3u8?e=1\\u0026h=Zm9v"}',
        '{"cut": "/a.m3u8?e=1\\u0026h=Zm9v',
        "<a href='/a?e=1&amp;h=Zm9v'>again</a> /a?e=1&amp;h=Zm9v",
        "redirect=%2Fa%3Fe%3D1%26h%3DZm9v",
        "to %252Fa%253Fe%253D1%2526h%253DZm9v",
        '{"tokens": ["Zm9v"]}',
        "cookie: Zm9v",
        "user Basic Zm9v",
    ],
)
def test_no_query_and_no_unknown_secret_is_reported(text: str) -> None:
    """An upstream may have signed anything."""
    for content_type in ("text/plain", "application/json", "text/html"):
        said = words(typed(content_type), text.encode())
        assert not any(piece in said for piece in ("Zm9v", "eyJ", "c2lnbm"))


def test_the_beginning_of_a_secret_is_removed() -> None:
    """Some services identify a token by it."""
    said = words(
        typed("text/plain"), b"unknown: abcdef... (abcdefgh)", {"abcdefghijkl"}
    )
    assert said == "unknown: … (…)"


def test_half_a_secret_at_the_end_is_removed() -> None:
    """A body is read up to a limit, which may cut a secret."""
    secret = "x" * 30
    body = f"{'secret ' * 3}{secret * 2} {secret[:12]}".encode()
    assert "xxx" in words(typed("text/plain"), b"no xxxxxxxxxxx", {"other"})
    assert "xxx" not in words(typed("text/plain"), body, {secret}, cut=True)
    cut = words(typed("text/plain"), b"all is well up to her", (), cut=True)
    assert cut == "all is well up to"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error": "invalid_grant"}', "invalid_grant"),
        (b'{"error": ""}', None),
        (b'{"error": {"code": 1}}', None),
        (b'["error"]', None),
        (b"<html>", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
    ],
)
def test_the_error_of_an_oauth_answer(body: bytes, code: str | None) -> None:
    """RFC 6749, section 5.2: a string in a JSON object."""
    assert error_code(body) == code


@given(st.binary(max_size=SAID_BYTES), st.text(max_size=60), st.text(max_size=80))
def test_anything_becomes_a_short_line(body: bytes, kind: str, challenge: str) -> None:
    """Any input is safe for a terminal and a log."""
    said = words(typed(kind, challenge), body)
    assert said.isprintable()
    assert len(said) < 1000


@given(
    st.text(alphabet="abcdefXYZ0123456789-_.~+/=%", min_size=8, max_size=80),
    st.sampled_from(["no {} here", '{{"error": "{}"}}', "<p>{}", "a?b={}", "{}{}"]),
    st.sampled_from([str, quote, quote_plus, html.escape]),
)
def test_no_known_secret_remains(secret: str, form: str, spell: object) -> None:
    """Except numbers, which are not secret."""
    assert callable(spell)
    echo = spell(secret)
    said = words(typed("text/plain"), form.format(echo, echo).encode(), {secret})
    assert secret.isdigit() or secret not in said


def test_basic_credentials_in_base64_are_a_secret_too() -> None:
    """They were sent, so they are not shown."""
    sent = base64.b64encode(b"me:pw").decode()
    assert sent not in words(typed("text/plain"), f"bad login {sent}".encode(), {sent})
