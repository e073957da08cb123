"""Translates pydantic's errors: the key, what was found, what is expected.

Values that could be secret are never shown: only what the models' own validators
show, choices and numbers.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from proxy.errors import Problem
from proxy.settings.errors.mistakes import (
    KeyPath,
    Mistake,
    Wrong,
    choice,
    described,
    nearest,
    shown,
)

_SOURCED = ("token", "using")  # the keys of tables that have a source
_QUOTED = re.compile(r"'([^']*)'")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WANTED = {
    "dict_type": "expected a table",
    "frozen_set_type": "expected a list",
    "mapping_type": "expected a table",
    "model_attributes_type": "expected a table",
    "model_type": "expected a table",
    "path_type": "expected a path",
    "string_too_short": "expected a string that is not empty",
    "too_short": "expected at least one entry",
    "string_type": "expected a string",
    "tuple_type": "expected a list",
}


def problems(
    error: ValidationError,
    root: type[BaseModel],
    *,
    sources: Collection[str],
    variables: Mapping[KeyPath, str],
    table: object = None,
) -> Iterator[Problem]:
    """Yield the problems in pydantic's error about `table`, a value of type `root`.

    `sources` are the allowed values of `source`. `variables` maps keys to the
    environment variables that they came from. After an unknown provider, missing keys
    are not reported, because the provider might have set them.
    """
    schema = _Schema(root, sources)
    details = [(schema.as_written(detail["loc"]), detail) for detail in error.errors()]
    unprovided = {where[:-1] for where, _ in details if where[2:] == ("provider",)}
    for where, detail in details:
        for mistake in _mistakes(detail, where, schema):
            path = (*where[:-1], *mistake.key) if mistake.key else where
            if path[:2] not in unprovided or _is_written(path, table):
                yield Problem(_named(path, variables), mistake.found, mistake.wanted)


@dataclass(frozen=True, slots=True)
class _Schema:
    """The keys that a configuration may have."""

    root: type[BaseModel]
    sources: Collection[str]

    def as_written(self, location: KeyPath) -> KeyPath:
        """Return the path to a key as the user wrote it."""
        # Pydantic adds the chosen source after the table, and marks keys of tables.
        return tuple(
            part
            for before, part in zip((None, *location), location, strict=False)
            if part != "[key]" and not (before in _SOURCED and part in self.sources)
        )

    def meant(self, location: KeyPath) -> str:
        """Return the key that was probably meant, or else where to look."""
        *path, name = location
        keys = self._keys(tuple(path))
        if near := nearest(str(name), keys):
            return f"did you mean {near}?"
        if "source" in keys:  # a short list that differs for each source
            return f"expected one of {', '.join(sorted(keys))}"
        return "expected a key of config/reference.toml"

    def _keys(self, path: KeyPath) -> set[str]:
        """Return the keys of the table at the end of pydantic's path."""
        tables = {self.root}
        for before, part in zip((None, *path), path, strict=False):
            if before in _SOURCED and part in self.sources:
                tables = {table for table in tables if _is_source(table, part)}
                continue
            inner = {
                found
                for table in tables
                if part in table.model_fields
                for found in _tables(table.model_fields[str(part)].annotation)
            }
            # The name of a stream or an index in a list is not a key of a model.
            tables = inner or tables
        return {key for table in tables for key in table.model_fields}


def _mistakes(
    detail: ErrorDetails, where: KeyPath, schema: _Schema
) -> tuple[Mistake, ...]:
    context, value = detail.get("ctx", {}), detail["input"]
    if isinstance(context.get("error"), Wrong):
        return tuple(context["error"].mistakes)
    match detail["type"]:
        case "extra_forbidden":
            return (Mistake("no such key", schema.meant(detail["loc"])),)
        case "missing":
            return (Mistake("is missing", "expected it to be set"),)
        case "literal_error":
            known = _QUOTED.findall(context["expected"])
            return (Mistake(shown(value), choice(value, known)),)
        case "union_tag_not_found" | "union_tag_invalid":
            found = shown(value["source"]) if "source" in value else "is missing"
            wanted = choice(value.get("source"), schema.sources)
            return (Mistake(found, wanted, (*where[-1:], "source")),)
        case kind:
            if kind == "too_short" and isinstance(value, str):  # a secret
                kind = "string_too_short"
            # A number in place of a string may be somebody's PIN.
            safe = kind not in _WANTED and isinstance(value, int | float)
            wanted = _WANTED.get(kind) or _reworded(detail["msg"])
            return (Mistake(shown(value) if safe else described(value), wanted),)


def _is_written(path: KeyPath, table: object) -> bool:
    """Return whether a key is in the configuration."""
    for part in path:
        if isinstance(table, Mapping) and part in table:
            table = table[part]
        elif not (isinstance(table, list) and isinstance(part, int)):
            return False
    return True


def _named(path: KeyPath, variables: Mapping[KeyPath, str]) -> str:
    for length in range(len(path), 0, -1):
        if path[:length] in variables:
            return variables[path[:length]] + _dotted(path[length:], first=False)
    return _dotted(path, first=True)


def _dotted(path: KeyPath, *, first: bool) -> str:
    key = ""
    for part in path:
        if isinstance(part, int):
            key += f"[{part}]"
        else:
            key += "." if key or not first else ""
            key += part if _BARE.fullmatch(part) else f'"{part}"'
    return key


def _reworded(message: str) -> str:
    return message.replace("Input should be", "expected it to be")


def _is_source(table: type[BaseModel], name: str | int) -> bool:
    source = table.model_fields.get("source")
    return source is not None and name in get_args(source.annotation)


def _tables(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _tables(argument)
