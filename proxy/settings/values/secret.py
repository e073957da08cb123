"""Secrets by file or by environment variable, and how strict we are with the files.

A secret file that others can read is no secret, one that others can replace is no
key of ours: both are refused at the start.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from proxy import secret_file
from proxy.errors import SecretFileError
from proxy.settings.errors.mistakes import wrong
from proxy.settings.values.surroundings import FilePath, around

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


def read_secret(path: Path, *, shared: bool = False) -> SecretStr:
    """Return a secret file's content without the white space around it.

    Raises `Wrong` if the file cannot be read, holds no text, or if other users may
    read or write it, unless it is `shared` on purpose. No message names the path: it
    may be a key, pasted where its file belongs.
    """
    try:
        return SecretStr(secret_file.SecretFile(path, shared).text())
    except SecretFileError as exc:
        raise wrong(exc.found, exc.wanted) from None


def chosen(
    name: str, given: SecretStr | None, info: ValidationInfo
) -> SecretStr | None:
    """Return the secret that NAME, NAME_file or NAME_env gives; None if none is set.

    For the validator of NAME, which is declared after the other two.
    """
    path, variable = info.data.get(f"{name}_file"), info.data.get(f"{name}_env")
    if sum(way is not None for way in (given, path, variable)) > 1:
        found = f"is set more than once, by {name}, {name}_file or {name}_env"
        raise wrong(found, "give exactly one")
    if isinstance(path, Path):
        return read_secret(path, shared=around(info).shared_secret_files)
    if isinstance(variable, str):
        return SecretStr(around(info).environ[variable])
    if given is not None and not given.get_secret_value():
        raise wrong("is empty", "want a secret")
    return given


def _readable(path: Path, info: ValidationInfo) -> Path:
    read_secret(path, shared=around(info).shared_secret_files)
    return path


def _set(name: str, info: ValidationInfo) -> str:
    if not _VARIABLE.fullmatch(name):
        raise wrong("is no variable's name", "want a name like STREAM_KEY")
    if not around(info).environ.get(name):
        raise wrong(f"{name} is not set in the environment", "want it to hold a secret")
    return name


SecretFile = Annotated[FilePath, AfterValidator(_readable)]
"""The path of a secret file that is there and safe."""
SecretVariable = Annotated[str, AfterValidator(_set)]
"""The name of an environment variable that is set."""
