"""Loads a configuration from file, providers and environment: all of it or nothing."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from proxy.errors import Problem, SettingsError
from proxy.settings import providers
from proxy.settings.environ import overlay
from proxy.settings.errors.problems import problems
from proxy.settings.root import Settings
from proxy.settings.sources.token import SOURCES
from proxy.settings.values.surroundings import Trial, ValueContext, untried

_POSITION = re.compile(r"(.*) \(at (.*)\)", re.DOTALL)
_TWICE = re.compile(r"Cannot declare \((.*)\) twice")
_END = "at the end of the file"
_QUOTED = re.compile(r"'([^']*)'")
# The beginnings of tomllib's messages, and what they mean to the user.
_SLIPS = {
    "Invalid value": (
        "this is not a value",
        'expected a number, true, false, a list, a table, or a string in quotes: "…"',
    ),
    "Cannot overwrite a value": ("this key is set twice", "expected each key once"),
}


def load(path: Path, *, environ: Mapping[str, str], trial: Trial = untried) -> Settings:
    """Return the settings of a TOML file, overridden by environment variables.

    Relative paths in it start at the file's folder. Raises `SettingsError` with all
    problems at once. If the file cannot be read or parsed, that is the only problem.
    """
    overlaid = overlay(_parsed(path), environ)
    streams = overlaid.table.get("streams")
    if isinstance(streams, dict):
        completed = {key: providers.completed(value) for key, value in streams.items()}
        overlaid.table["streams"] = completed
    found = list(overlaid.problems)
    try:
        settings = Settings.model_validate(
            overlaid.table, context=_surroundings(path, overlaid.table, environ, trial)
        )
    except ValidationError as exc:
        found += problems(
            exc,
            Settings,
            sources=SOURCES,
            variables=overlaid.variables,
            table=overlaid.table,
        )
    if found:
        # Two keys may require the same missing key.
        raise SettingsError(tuple(dict.fromkeys(found)))
    return settings


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration, for editors."""
    return Settings.model_json_schema()


def _surroundings(
    path: Path, table: Mapping[str, Any], environ: Mapping[str, str], trial: Trial
) -> ValueContext:
    # Needed to validate the other tables, so it is read before it is validated itself.
    server = table.get("server")
    shared = isinstance(server, dict) and server.get("shared_secret_files")
    return ValueContext(
        path.parent,
        environ,
        shared_secret_files=str(shared).lower() == "true",
        trial=trial,
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as exc:
        found, wanted = _not_toml(str(exc))
    except UnicodeDecodeError:
        found, wanted = "is not text in UTF-8", "expected TOML"
    except FileNotFoundError:
        found, wanted = "there is no such file", "expected TOML, as in config/"
    except OSError as exc:
        found, wanted = f"cannot be read: {exc.strerror}", "expected a readable file"
    raise SettingsError((Problem(str(path), found, wanted),))


def _not_toml(message: str) -> tuple[str, str]:
    """Return what was found and what is expected, in the user's words."""
    match = _POSITION.fullmatch(message)
    what, where = match.groups() if match else (message, "")
    where = _END if where in ("", "end of document") else where
    if twice := _TWICE.match(what):
        table = ".".join(_QUOTED.findall(twice[1]))
        return (
            f"{where}: the table [{table}] is there twice",
            "expected each table once",
        )
    for start, (found, wanted) in _SLIPS.items():
        if what.startswith(start):
            return f"{where}: {found}", wanted
    return f"{where}: {what}", "expected TOML"
