"""Secrets by file or by environment variable, and how strict we are with the files.

A secret file that others can read is no secret, one that others can replace is no
key of ours: both are refused at the start.
"""

import os
import re
import stat
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, SecretStr, ValidationInfo

from proxy.settings.surroundings import FilePath, around
from proxy.settings.wrong import Mistake, Wrong, wrong

# A private key has some 3 KiB; whatever is longer is the wrong file.
_LONGEST_SECRET_BYTES = 65_536
_WANTED = "want a readable file; relative paths begin at the configuration's folder"
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


def read_secret(path: Path, *, shared: bool = False) -> SecretStr:
    """Return a secret file's content without the white space around it.

    Raises `Wrong` if the file cannot be read, holds no text, or if other users may
    read or write it, unless it is `shared` on purpose.
    """
    content = _content(path, shared=shared)
    if len(content) > _LONGEST_SECRET_BYTES:
        raise wrong("is over 64 KiB", "want a file with one secret")
    if not content.strip():
        raise wrong("is empty", "want a file with one secret")
    try:
        return SecretStr(content.decode().strip())
    except UnicodeDecodeError:
        # Not `from exc`: that error holds the bytes.
        raise wrong("is not text", "want text in UTF-8") from None


def mistake_in(mode: int, owner: int, user: int) -> Mistake | None:
    """Tell what makes a secret file unsafe, from its `st_mode` and `st_uid`."""
    if not stat.S_ISREG(mode):
        return Mistake("is not a regular file", "want a file")
    if owner not in {user, 0}:
        return Mistake(f"belongs to user {owner}", f"want it to be user {user}'s own")
    if mode & stat.S_IRWXO:
        return Mistake("is open to everybody", "want mode 0600, or 0640 at most")
    if mode & stat.S_IWGRP:
        return Mistake("may be written by its group", "want mode 0600, or 0640 at most")
    return None


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


def _content(path: Path, *, shared: bool) -> bytes:
    # No message names the path: it may be a key, pasted where its file belongs.
    try:
        with open(path, "rb", opener=_at_once) as file:
            status = os.fstat(file.fileno())
            mistake = mistake_in(status.st_mode, status.st_uid, os.geteuid())
            if mistake and not (shared and stat.S_ISREG(status.st_mode)):
                raise Wrong(mistake)
            return file.read(_LONGEST_SECRET_BYTES + 1)
    except OSError as exc:
        raise wrong(f"cannot be read: {exc.strerror}", _WANTED) from None


def _at_once(path: str, flags: int) -> int:
    # A named pipe must not keep us waiting before it is refused.
    return os.open(path, flags | os.O_NONBLOCK)


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
