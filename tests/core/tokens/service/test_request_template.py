"""A request with placeholders."""

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.service.messages import first
from proxy.core.tokens.service.request_template import (
    Body,
    FormBody,
    JsonBody,
    RequestTemplate,
    TextBody,
    basic,
)

VALUES = {"secret": 'a&b="c"', "token": "t/1"}


@pytest.mark.parametrize(
    ("body", "content_type", "sent"),
    [
        (TextBody("x={secret}"), "text/plain; charset=utf-8", b'x=a&b="c"'),
        (
            JsonBody({"k": ["{secret}", 1, None], "{secret}": "{other}"}),
            "application/json",
            b'{"k": ["a&b=\\"c\\"", 1, null], "{secret}": "{other}"}',
        ),
        (
            FormBody({"k": "{secret}", "o": "{other}"}),
            "application/x-www-form-urlencoded",
            b"k=a%26b%3D%22c%22&o=%7Bother%7D",
        ),
    ],
    ids=["text", "json", "form"],
)
def test_values_in_a_body_are_encoded_for_its_type(
    body: Body, content_type: str, sent: bytes
) -> None:
    """A value cannot break out of its place."""
    request = RequestTemplate("POST", "https://h/", body=body).filled(VALUES)
    assert request.body == sent
    assert first(request.headers, "content-type") == content_type


def test_url_and_headers_are_filled() -> None:
    """In a URL a value is encoded; other bytes stay."""
    template = RequestTemplate(
        "GET",
        "https://h/%7e/{token}?a=b%2f&k={secret}",
        headers={"Authorization": "Bearer {token}", "accept": "text/plain"},
    )
    request = template.filled(VALUES)
    assert request.url == "https://h/%7e/t%2F1?a=b%2f&k=a%26b%3D%22c%22"
    assert request.headers == (
        ("Authorization", "Bearer t/1"),
        ("accept", "text/plain"),
    )
    assert (request.method, request.body) == ("GET", None)


def test_json_is_requested_by_default() -> None:
    """Some services send HTML otherwise."""
    request = RequestTemplate("GET", "https://h/").filled({})
    assert first(request.headers, "accept") == "application/json, */*;q=0.5"


def test_a_configured_type_stays() -> None:
    """Vendors have their own types."""
    template = RequestTemplate(
        "POST",
        "https://h/",
        headers={"content-type": "application/x"},
        body=JsonBody({}),
    )
    values = [value for name, value in template.filled({}).headers if "type" in name]
    assert values == ["application/x"]


def test_the_secret_is_the_password_of_basic_authentication() -> None:
    """RFC 7617."""
    request = RequestTemplate("GET", "https://h/", user="me").filled({"secret": "s"})
    assert first(request.headers, "authorization") == basic("me", "s")
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="


def test_nothing_of_a_template_is_printed() -> None:
    """It may contain secrets."""
    template = RequestTemplate(
        "POST",
        "https://h/canary",
        headers={"A": "canary"},
        body=TextBody("canary"),
        user="me",
        password="canary",
    )
    assert "canary" not in repr(template)


@given(st.text())
def test_no_value_breaks_out_of_its_place(value: str) -> None:
    """Any secret is decoded as one value."""
    values = {"secret": value}
    filled = JsonBody({"k": "{secret}"}).filled(values)
    assert json.loads(filled) == {"k": value}
    try:
        value.encode()
    except UnicodeEncodeError:
        return
    form = FormBody({"k": "{secret}", "l": "x"}).filled(values)
    assert parse_qsl(form.decode(), keep_blank_values=True) == [
        ("k", value),
        ("l", "x"),
    ]
    url = RequestTemplate("GET", "https://h/?k={secret}&l=x").filled(values).url
    assert not set(url[len("https://h/?k=") :]) & set("?#/ \r\n")
