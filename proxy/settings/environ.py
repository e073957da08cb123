"""Environment variables that override the file: HLS_AUTH_PROXY_SERVER__LISTEN=….

A double underscore goes one table down. Names of variables have no case and no
dashes, so a part names the key that is there already and differs in nothing else;
otherwise it is taken in lower case. A new name of an HTTP header gets dashes for its
underscores: HEADERS__X_API_KEY is x-api-key. Lists and tables are written as in TOML.
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
"""Where the command line finds the path of the file."""

_DOWN = "__"
_HEADERS = "headers"
# Kubernetes sets these by itself beside Services that are called like us.
_KUBERNETES = re.compile(
    rf"{PREFIX}(\w+_)?"
    r"(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_[A-Z]+(_PROTO|_PORT|_ADDR)?)?)"
)


@dataclass(frozen=True, slots=True)
class Overlaid:
    """A configuration with the environment laid over it."""

    table: dict[str, Any]
    variables: Mapping[KeyPath, str]
    """The variable that each overridden key came from."""
    problems: tuple[Problem, ...]


def overlay(table: Mapping[str, Any], environ: Mapping[str, str]) -> Overlaid:
    """Lay what the environment says about us over a table, which stays as it is."""
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
    # Whatever the configuration names (`key_env`) may be called like us.
    spoken_for = {*_texts(table), CONFIG_VARIABLE}
    for name in names:
        if name not in spoken_for and not _KUBERNETES.fullmatch(name):
            wanted = "expected two underscores between its parts"
            yield Problem(name, "is not a setting", wanted)


class _NoTableError(Exception):
    """The message is the key that is no table, though a variable goes below it."""


def _put(table: dict[str, Any], parts: list[str], value: object) -> KeyPath:
    *above, last = parts
    path: list[str] = []
    signed = False
    for part in above:
        # The headers of a JWT are members of JSON, whose names may have underscores.
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
        # What is no TOML is a text: "[::1]:8080".
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
