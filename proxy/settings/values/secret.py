"""Secrets by file or by environment variable, and how strict we are with the files.

A secret file that others can read is no secret, one that others can replace is no
key of ours: both are refused at the start.
"""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from proxy import secret_file
from proxy.errors import SecretFileError
from proxy.settings.errors.mistakes import wrong
from proxy.settings.values.surroundings import FilePath, Surroundings, around

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
# Shown in errors. No key looks like this: it has no such ending, or is longer.
_FILE_NAME = re.compile(r"[\w. -]+\.[A-Za-z][A-Za-z0-9]{0,7}")
_LONGEST = 40
_FROM = "expected a file; a relative path starts at the folder of the configuration"


def read_secret(path: Path, around: Surroundings) -> SecretStr:
    """Return a secret file's content without the white space around it.

    Raises `Wrong` if the file cannot be read, holds no text, or if other users may
    read or write it, unless that is allowed on purpose. The message names the path,
    unless it may be a key that was pasted where its file belongs.
    """
    try:
        file = secret_file.SecretFile(path, around.shared_secret_files)
        return SecretStr(file.text())
    except SecretFileError as exc:
        if isinstance(exc.__cause__, FileNotFoundError):
            raise wrong(_missing(path, around.folder), _FROM) from None
        full = path.absolute()
        named = str(full) in exc.wanted or not os.path.lexists(path)
        found = exc.found if named else f"{full} {exc.found}"
        raise wrong(found, exc.wanted) from None


def _missing(path: Path, folder: Path) -> str:
    """Say which file was looked for, and where."""
    written = path.relative_to(folder) if path.is_relative_to(folder) else path
    if _FILE_NAME.fullmatch(path.name) and max(map(len, written.parts)) <= _LONGEST:
        return f"there is no file {path.absolute()}"
    there = path.parent if path.parent.is_dir() else folder
    return f"there is no such file in {there.absolute()}"


def chosen(
    name: str, given: SecretStr | None, info: ValidationInfo
) -> SecretStr | None:
    """Return the secret that NAME, NAME_file or NAME_env gives; None if none is set.

    For the validator of NAME, which is declared after the other two.
    """
    path, variable = info.data.get(f"{name}_file"), info.data.get(f"{name}_env")
    if sum(way is not None for way in (given, path, variable)) > 1:
        found = f"is set more than once, by {name}, {name}_file or {name}_env"
        raise wrong(found, "expected exactly one of them")
    if isinstance(path, Path):
        return read_secret(path, around(info))
    if isinstance(variable, str):
        return SecretStr(around(info).environ[variable])
    if given is not None and not given.get_secret_value():
        raise wrong("is empty", "expected a secret")
    return given


def _readable(path: Path, info: ValidationInfo) -> Path:
    read_secret(path, around(info))
    return path


def _set(name: str, info: ValidationInfo) -> str:
    if not _VARIABLE.fullmatch(name):
        raise wrong(
            "is not the name of a variable", "expected a name such as STREAM_KEY"
        )
    if not around(info).environ.get(name):
        raise wrong(
            f"{name} is not set in the environment", "expected it to hold a secret"
        )
    return name


SecretFile = Annotated[FilePath, AfterValidator(_readable)]
"""The path of a secret file that is there and safe."""
SecretVariable = Annotated[str, AfterValidator(_set)]
"""The name of an environment variable that is set."""
