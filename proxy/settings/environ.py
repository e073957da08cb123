"""Environment variables that override the file: HLS_AUTH_PROXY_SERVER__LISTEN=….

A double underscore separates a table from its key. Variable names have no case and no
dashes. So a part means the existing key that differs only in these; if there is none,
the part is used in lower case. In a new name of an HTTP header, underscores become
dashes: HEADERS__X_API_KEY is x-api-key. Lists and tables are written as in TOML.
"""

import contextlib
import copy
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.errors import Problem
from proxy.settings.errors.mistakes import KeyPath

PREFIX = "HLS_AUTH_PROXY_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""The variable from which the command line takes the path of the file."""

_DOWN = "__"
_HEADERS = "headers"
# Kubernetes sets these automatically for Services whose name begins like our prefix.
_KUBERNETES = re.compile(
    rf"{PREFIX}(\w+_)?"
    r"(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_[A-Z]+(_PROTO|_PORT|_ADDR)?)?)"
)


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A configuration with the environment's values applied."""

    table: dict[str, Any]
    variables: Mapping[KeyPath, str]
    """For each overridden key, the variable that its value came from."""
    problems: tuple[Problem, ...]


def overlay(table: Mapping[str, Any], environ: Mapping[str, str]) -> Overlaid:
    """Apply our environment variables to a copy of the table."""
    merged, variables, problems = copy.deepcopy(dict(table)), {}, []
    ours = sorted(name for name in environ if name.startswith(PREFIX))
    for name in ours:
        parts = name.removeprefix(PREFIX).split(_DOWN)
        if len(parts) == 1:
            continue
        try:
            variables[_put(merged, parts, _value(environ[name]))] = name
        except _NoTableError as exc:
            found = f"{exc} is not a table"
            problems.append(Problem(name, found, "expected a key of a table"))
    problems += _strangers((name for name in ours if _DOWN not in name), merged)
    return Overlaid(merged, variables, tuple(problems))


def _strangers(names: Iterable[str], table: Mapping[str, Any]) -> Iterator[Problem]:
    # Variables that the configuration names (`key_env`) may have our prefix.
    spoken_for = {*_texts(table), CONFIG_VARIABLE}
    for name in names:
        if name not in spoken_for and not _KUBERNETES.fullmatch(name):
            wanted = "expected two underscores between its parts"
            yield Problem(name, "is not a setting", wanted)


class _NoTableError(Exception):
    """A variable sets a key below a key that is no table; the message names that."""


def _put(table: dict[str, Any], parts: list[str], value: object) -> KeyPath:
    *above, last = parts
    path: list[str] = []
    signed = False
    for part in above:
        # The headers of a JWT are JSON members, whose names may contain underscores.
        signed = table.get("source") == "sign-jwt"
        path.append(_key(table, part))
        table = table.setdefault(path[-1], {})
        if not isinstance(table, dict):
            raise _NoTableError(".".join(path))
    key = _key(table, last)
    if path[-1:] == [_HEADERS] and not signed and key not in table:
        key = key.replace("_", "-")
    table[key] = value
    return (*path, key)


def _key(table: Mapping[str, Any], part: str) -> str:
    folded = _folded(part)
    return next((key for key in table if _folded(key) == folded), part.lower())


def _folded(key: str) -> str:
    return re.sub(r"[-.]", "_", key).lower()


def _value(text: str) -> object:
    if text.lstrip().startswith(("[", "{")):
        # Anything that is not valid TOML is a string: "[::1]:8080".
        with contextlib.suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(f"value = {text.strip()}")["value"]
    return text


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
