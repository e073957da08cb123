"""Texts with placeholders and filters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.templates.message import literal, message

VALUES = {"a": b"/x", "b": b"\xff{a}", "exp": b"7"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", b""),
        ("{a}{b}{a}", b"/x\xff{a}/x"),
        ("{a:quote}", b"%2Fx"),
        ("{a:quote:lower:hex}", b"253266" + b"78"),
        ('{"Statement":[{"n":{exp}}]}', b'{"Statement":[{"n":7}]}'),
        ("{{exp}}", b"{7}"),
        ("{brace}exp}", b"{exp}"),
        ("{} { exp} {1} {a-b} {a:} {$a} }{", b"{} { exp} {1} {a-b} {a:} {$a} }{"),
        ("Grüße {exp}", "Grüße 7".encode()),
    ],
)
def test_a_message_is_filled_once(text: str, wanted: bytes) -> None:
    """Placeholders in values are not filled; other braces are plain text."""
    assert message(text).filled(VALUES) == wanted


def test_holes_and_filters_are_listed() -> None:
    """Unknown ones too; the brace needs no value."""
    read = message("{a:quote}{b:Quote:no_such}{brace}{a}")
    assert read.holes == {"a", "b"}
    assert read.filters == {"quote", "Quote", "no_such"}


def test_a_filter_reports_an_unsuitable_value() -> None:
    """The caller adds in which text."""
    with pytest.raises(ValueError, match="expected an IP address"):
        message("{a:ip}").filled(VALUES)


@given(st.text())
def test_any_text_can_be_escaped(text: str) -> None:
    """With any braces."""
    written = message(literal(text))
    assert not written.holes
    assert written.filled({}) == text.encode(errors="surrogatepass")


@given(st.text(alphabet='{}":,[] \n0'))
def test_other_braces_are_plain_text(text: str) -> None:
    """JSON needs no escapes."""
    assert message(text).filled({}) == text.encode()


@given(st.lists(st.sampled_from(["{a}", "{b}", "{", "}", ":", " ", "{a:hex}"])))
def test_nothing_else_of_a_text_changes(pieces: list[str]) -> None:
    """Only the placeholders are replaced."""
    text = "".join(pieces)
    values = {"{a}": b"/x", "{b}": b"\xff{a}", "{a:hex}": b"2f78"}
    wanted = re.split(r"(\{a\}|\{b\}|\{a:hex\})", text)
    assert message(text).filled(VALUES) == b"".join(
        values.get(part, part.encode()) for part in wanted
    )
