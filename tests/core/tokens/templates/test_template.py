"""Texts with placeholders."""

import pytest

from proxy.core.tokens.templates.template import fill, holes


@pytest.mark.parametrize(
    ("template", "values", "filled"),
    [
        ("Bearer {token}", {"token": "abc"}, "Bearer abc"),
        ("{a}{b}{a}", {"a": "1", "b": "2"}, "121"),
        ("{unknown}", {"token": "abc"}, "{unknown}"),
        ("{a}", {"a": "{b}", "b": "no"}, "{b}"),
        ('{"json": 1, "t": "{token}"}', {"token": "abc"}, '{"json": 1, "t": "abc"}'),
        ("{$variable} {}", {"variable": "no"}, "{$variable} {}"),
    ],
)
def test_holes_are_filled_once(
    template: str, values: dict[str, str], filled: str
) -> None:
    """A value is inserted unchanged; unknown placeholders stay."""
    assert fill(template, values) == filled


def test_holes_are_listed() -> None:
    """The names in braces, each once."""
    assert holes("https://{host}/{id}/{host}?{}{ x}") == {"host", "id"}
