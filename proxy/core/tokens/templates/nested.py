"""Holes in texts however deep: claims and headers of a JWT are tables and lists."""

from collections.abc import Mapping
from typing import TypeAlias

from proxy.core.tokens.templates import template

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None
"""A value of a JSON text."""


def holes(value: Json) -> frozenset[str]:
    """Return the names of all holes in the texts of a value."""
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
    """Fill the texts of a value; keys stay, and so do holes without a value."""
    match value:
        case str():
            return template.fill(value, values)
        case list():
            return [fill(item, values) for item in value]
        case dict():
            return {key: fill(item, values) for key, item in value.items()}
        case _:
            return value
