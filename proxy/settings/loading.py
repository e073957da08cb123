"""Reads a configuration: the file, its providers, the environment; all or nothing."""

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
from proxy.settings.values.surroundings import Surroundings

_POSITION = re.compile(r"(.*) \(at (.*)\)", re.DOTALL)


def load(path: Path, *, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a TOML file, with the environment laid over it.

    Relative paths in it begin at the file's folder. Raises `SettingsError` with all
    problems at once; only a file that cannot be read or parsed is one by itself.
    """
    overlaid = overlay(_parsed(path), environ)
    streams = overlaid.table.get("streams")
    if isinstance(streams, dict):
        completed = {key: providers.completed(value) for key, value in streams.items()}
        overlaid.table["streams"] = completed
    found = list(overlaid.problems)
    try:
        settings = Settings.model_validate(
            overlaid.table, context=_surroundings(path, overlaid.table, environ)
        )
    except ValidationError as exc:
        found += problems(exc, Settings, sources=SOURCES, variables=overlaid.variables)
    if found:
        # Two keys may miss the same third one.
        raise SettingsError(tuple(dict.fromkeys(found)))
    return settings


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration, for editors."""
    return Settings.model_json_schema()


def _surroundings(
    path: Path, table: Mapping[str, Any], environ: Mapping[str, str]
) -> Surroundings:
    # Needed while the rest is validated, hence before it is itself.
    server = table.get("server")
    shared = isinstance(server, dict) and server.get("shared_secret_files")
    return Surroundings(
        path.parent, environ, shared_secret_files=str(shared).lower() == "true"
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as exc:
        match = _POSITION.fullmatch(str(exc))
        what, where = match.groups() if match else (str(exc), "the file")
        found, wanted = f"{where}: {what}", "want TOML"
    except UnicodeDecodeError:
        found, wanted = "is not text", "want TOML in UTF-8"
    except FileNotFoundError:
        found, wanted = "there is no such file", "config/ has examples to begin with"
    except OSError as exc:
        found, wanted = f"cannot be read: {exc.strerror}", "want a readable file"
    raise SettingsError((Problem(str(path), found, wanted),))
