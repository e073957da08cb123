"""Placeholders at any depth in tables and lists, such as the claims of a JWT."""

from collections.abc import Mapping
from typing import TypeAlias

from proxy.core.tokens.templates import template

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
"""A JSON value."""


def holes(value: Json) -> frozenset[str]:
    """Return the names of all placeholders in the strings of a value."""
    match value:
        case str():
            return template.holes(value)
        case list():
            return frozenset[str]().union(*map(holes, value))
        case dict():
            return frozenset[str]().union(*map(holes, value.values()))
        case _:
            return frozenset()


def fill(value: Json, values: Mapping[str, str]) -> Json:
    """Fill the strings of a value; keys and placeholders without a value stay."""
    match value:
        case str():
            return template.fill(value, values)
        case list():
            return [fill(item, values) for item in value]
        case dict():
            return {key: fill(item, values) for key, item in value.items()}
        case _:
            return value
