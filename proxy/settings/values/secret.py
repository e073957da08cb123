"""Secrets from files or environment variables, and the checks of the files.

A file that other users can read is not secret, and one that they can write may not hold
our key any more. Both are refused at the start.
"""

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from proxy import secret_file
from proxy.errors import SecretFileError
from proxy.settings.errors.mistakes import wrong
from proxy.settings.values.surroundings import FilePath, ValueContext, around

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
# File names that errors may show. No key matches: a key has no such ending, or is
# longer.
_FILE_NAME = re.compile(r"[\w. -]+\.[A-Za-z][A-Za-z0-9]{0,7}")
_LONGEST = 40
_FROM = "expected a file; a relative path starts at the folder of the configuration"


def read_secret(path: Path, around: ValueContext) -> SecretStr:
    """Return a secret file's content, without surrounding white space.

    Raises `Wrong` if the file cannot be read or is empty, or if other users may read or
    write it, unless that is allowed explicitly. The message contains the path, unless
    it may be a key that was pasted in place of its file.
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
    """Return a message that says which file is missing, and where."""
    written = path.relative_to(folder) if path.is_relative_to(folder) else path
    if _FILE_NAME.fullmatch(path.name) and max(map(len, written.parts)) <= _LONGEST:
        return f"there is no file {path.absolute()}"
    there = path.parent if path.parent.is_dir() else folder
    return f"there is no such file in {there.absolute()}"


def chosen(
    name: str, given: SecretStr | None, info: ValidationInfo
) -> SecretStr | None:
    """Return the secret from NAME, NAME_file or NAME_env; None if none is set.

    Call it in the validator of NAME, which must be declared after the other two.
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


SecretPath = Annotated[FilePath, AfterValidator(_readable)]
"""The path of a secret file that exists and is safe."""
SecretVariable = Annotated[str, AfterValidator(_set)]
"""The name of an environment variable that is set."""
