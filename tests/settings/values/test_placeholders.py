"""Holes are filled from the stream's keys, and every one that is not is told."""

import pytest

from proxy.settings.errors.mistakes import Mistake, Wrong
from proxy.settings.values.placeholders import (
    VariableName,
    is_family,
    refuse_unfilled,
    values,
)
from proxy.settings.values.table import Table
from tests.settings.told import told


class Held(Table):
    """A table of variables."""

    variables: dict[VariableName, str]


def test_the_values_are_the_streams_keys_and_its_variables() -> None:
    """The member's own hole is filled with itself, hence stays open."""
    stream = {"playback_id": "p", "host": "h", "variables": {"account": "a"}}
    assert values(stream) == {
        "id": "{id}",
        "playback_id": "p",
        "host": "h",
        "account": "a",
    }


@pytest.mark.parametrize(
    ("url", "family"), [("https://h/{id}.m3u8", True), ("https://h/x.m3u8", False)]
)
def test_a_url_that_holds_an_id_belongs_to_a_family(url: str, *, family: bool) -> None:
    """Nothing else makes a family."""
    assert is_family(url) is family


def test_holes_that_nothing_fills_are_told_all_at_once() -> None:
    """An unknown name is the template's mistake, an empty one that of its key."""
    with pytest.raises(Wrong) as caught:
        refuse_unfilled(
            {"b": ("url",), "host": ("token", "claims"), "a": ()},
            {"a": "1", "host": ""},
            {"z"},
        )
    assert caught.value.mistakes == (
        Mistake(
            "{b} is not defined",
            "expected one of a, host, z, or a key of variables",
            ("url",),
        ),
        Mistake(
            "is missing",
            "expected it to be set: the url or the token uses {host}",
            ("host",),
        ),
    )


@pytest.mark.parametrize("name", ["id", "host", "playback_id", "key_id", "expires"])
def test_a_variable_cannot_take_a_name_that_has_a_meaning(name: str) -> None:
    """Two values for one hole would be one too many."""
    assert told(Held, {"variables": {name: "x"}}) == [
        f'variables.{name}: "{name}"; expected a name that has no built-in meaning'
    ]


@pytest.mark.parametrize("name", ["", "a-b", "1a", "a b"])
def test_a_variable_needs_a_name_that_can_stand_in_braces(name: str) -> None:
    """Other names could never be used."""
    (line,) = told(Held, {"variables": {name: "x"}})
    assert line.endswith(f'"{name}"; expected a name of letters, digits and _')
