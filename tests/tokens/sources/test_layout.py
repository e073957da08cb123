"""Where in an answer the token is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.token import Token
from proxy.errors import ExpiryError, SourceError
from proxy.tokens.sources.layout import (
    Layout,
    TokenTimes,
    found,
    parsed,
    text_at,
    whole,
)

NOW = 1_893_456_000.0
TIMES = TokenTimes(NOW)
ANSWER = {
    "token": "canary",
    "result": {"token": "r", "a/b": "slash", "m~n": "tilde"},
    "list": ["zero", {"deep": "one"}],
    "expires": 1_893_456_060,
    "": "no name",
    "null": None,
}


def token(layout: Layout, answer: object = ANSWER, times: TokenTimes = TIMES) -> Token:
    """Return the token of an answer in JSON."""
    return layout.token(json.dumps(answer).encode(), times)


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ("/token", "canary"),
        ("/result/token", "r"),
        ("/result/a~1b", "slash"),
        ("/result/m~0n", "tilde"),
        ("/list/0", "zero"),
        ("/list/1/deep", "one"),
        ("/expires", "1893456060"),
        ("/", "no name"),
    ],
)
def test_a_pointer_finds_a_text_or_a_whole_number(pointer: str, text: str) -> None:
    """RFC 6901; Gcore's expiry is a field of its token."""
    assert token(Layout({"token": pointer})).fields == {"token": text}
    assert text_at(ANSWER, pointer) == text


@pytest.mark.parametrize(
    "pointer",
    [
        "/nothing",
        "/token/more",
        "/list/2",
        "/list/-",
        "/list/01",
        "/null",
        "/result",
        "",
        "/list",
        "/expires/0",
    ],
)
def test_a_pointer_that_finds_no_text_is_an_error(pointer: str) -> None:
    """It names the pointer, but shows none of the answer."""
    with pytest.raises(SourceError) as caught:
        token(Layout({"token": pointer}))
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.recoverable


@pytest.mark.parametrize("value", ["", "a\nb", "a\x00b", True, 1.5, None, [], {}])
def test_values_that_cannot_be_sent_are_refused(value: object) -> None:
    """So is an empty string."""
    with pytest.raises(SourceError, match="no string at /token"):
        token(Layout({"token": "/token"}), {"token": value})


@pytest.mark.parametrize(
    ("layout", "answer", "lives"),
    [
        (Layout({"t": "/t"}, expires_in="/e"), {"t": "x", "e": 60}, 60),
        (Layout({"t": "/t"}, expires_at="/e"), {"t": "x", "e": NOW + 60}, 60),
        (Layout({"t": "/t"}, expires_in="/e"), {"t": "x", "e": None}, None),
        (Layout({"t": "/t"}, expires_in="/e", ttl=9), {"t": "x", "e": None}, 9),
        (Layout({"t": "/t"}, expires_in="/e", optional=True), {"t": "x"}, None),
        (Layout({"t": "/t"}, ttl=9), {"t": "x"}, 9),
        (Layout({"t": "/t"}), {"t": f"exp={int(NOW) + 60}~hmac=x"}, 60),
    ],
    ids=range(7),
)
def test_the_expiry_is_read_as_configured(
    layout: Layout, answer: object, lives: float | None
) -> None:
    """`null` is unknown; without a setting the token itself counts, then `ttl`."""
    ends = token(layout, answer).expires_at
    assert ends == (None if lives is None else NOW + lives)


def test_the_clock_of_the_service_counts() -> None:
    """The expiry refers to that clock."""
    layout = Layout({"t": "/t"}, expires_at="/e")
    answer = {"t": "x", "e": NOW + 3660}
    assert token(layout, answer, TokenTimes(NOW, NOW + 3600)).expires_at == NOW + 60


@pytest.mark.parametrize("key", ["expires_in", "expires_at"])
def test_a_missing_expiry_is_an_error(key: str) -> None:
    """Otherwise a wrong pointer would go unnoticed until a token is refused."""
    layout = Layout({"token": "/token"}, **{key: "/nowhere"})  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="nothing at /nowhere"):
        token(layout)


@pytest.mark.parametrize("value", [0, -1, "abc", 1e18, ""])
def test_an_unreadable_expiry_is_an_error(value: object) -> None:
    """Even if it may be missing."""
    layout = Layout({"t": "/t"}, expires_in="/e", optional=True)
    with pytest.raises(ExpiryError):
        token(layout, {"t": "x", "e": value})


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (30, 30.0),
        ("30", 30.0),
        ("soon", None),
        (True, None),
        ([], None),
        (10**400, None),
    ],
    ids=str,
)
def test_advice_is_used_if_it_is_readable(value: object, advice: float | None) -> None:
    """It is only advice."""
    layout = Layout({"t": "/t"}, refresh_in="/r")
    assert token(layout, {"t": "x", "r": value}).refresh_in == advice


def test_without_pointers_the_whole_text_is_the_token() -> None:
    """Without the white space around it."""
    made = Layout(ttl=60).token(b" opaque\n", TIMES)
    assert (made.fields, made.expires_at) == ({"token": "opaque"}, NOW + 60)


@pytest.mark.parametrize(
    "text", [b"", b" \n", b"<!DOCTYPE html>", b"a\nb", b"\xff\xfe", b"a\x00"]
)
def test_a_page_is_refused(text: bytes) -> None:
    """So is anything that could not be sent."""
    with pytest.raises(SourceError):
        whole(text)


@pytest.mark.parametrize(
    "text", [b"", b" ", b"<html>", b"{", b"[" * 60_000, b"\xff", b"9" * 5000]
)
def test_invalid_json_is_an_error(text: bytes) -> None:
    """The error shows none of the text."""
    with pytest.raises(SourceError) as caught:
        parsed(text)
    assert caught.value.__cause__ is None


@given(st.binary(), st.sampled_from(["", "/token", "/0", "/a/b"]))
def test_reading_raises_nothing_else(text: bytes, pointer: str) -> None:
    """For any answer."""
    for layout in (Layout(), Layout({"token": pointer}, expires_in=pointer)):
        try:
            layout.token(text, TIMES)
        except SourceError:
            continue


def test_the_pointer_may_be_empty() -> None:
    """An answer that is one JSON string."""
    assert found("x", "") == "x"
    assert token(Layout({"token": ""}), "x").fields == {"token": "x"}


@pytest.mark.parametrize(
    ("answer", "pointer", "told"),
    [
        ({"access_token": "s3cret", "b": 1}, "/token", "; it has /access_token, /b"),
        ({"data": {"jwt": "s3cret"}}, "/data/token", "; it has /data/jwt"),
        ({"data": {"jwt": "s3cret"}}, "/dat/token", "; it has /data"),
        ({"eyJhbGciOiJIUzI1NiJ9.e30.c2ln": 1}, "/token", ""),
        ({"k" * 31: 1}, "/token", ""),
        (["s3cret"], "/token", ""),
        (["s3cret"], "/-", ""),
        ({}, "/token", ""),
        ("s3cret", "/token", ""),
        (dict.fromkeys("abcdefghij"), "/t", "; it has /a, /b, /c, /d, /e, /f, /g, /h"),
    ],
)
def test_the_error_names_what_is_there(answer: object, pointer: str, told: str) -> None:
    """By the names of members, which are not secret; values are not shown."""
    with pytest.raises(SourceError) as caught:
        found(answer, pointer)
    assert str(caught.value) == f"the answer has nothing at {pointer}{told}"


@pytest.mark.parametrize(
    ("layout", "more", "untold"),
    [
        (Layout({"t": "/t"}), {"expires_in": 300}, 'expires_in = "/expires_in"'),
        (Layout({"t": "/t"}), {"expires_at": "2030"}, 'expires_at = "/expires_at"'),
        (Layout({"t": "/t"}, expires_in="/expires_in"), {"expires_in": 300}, ""),
        (Layout({"t": "/t"}, ttl=60), {"expires_in": 300}, ""),
        (Layout({"t": "/t"}), {"expires_in": None}, ""),
        (Layout({"t": "/t"}), {}, ""),
    ],
)
def test_an_unused_expiry_is_noticed(
    layout: Layout, more: dict[str, object], untold: str
) -> None:
    """The setting that would use it is named; nothing is guessed."""
    assert token(layout, {"t": "x", **more}).untold == untold


def test_advice_may_be_missing() -> None:
    """A token without advice is valid."""
    layout = Layout({"token": "/token"}, refresh_in="/refresh_in")
    token = layout.token(b'{"token": "t"}', TokenTimes(1_800_000_000.0))
    assert token.refresh_in is None


def test_a_byte_order_mark_is_not_part_of_a_field() -> None:
    """Some services pass on the content of a file."""
    assert text_at({"token": "\ufeffcanary"}, "/token") == "canary"
