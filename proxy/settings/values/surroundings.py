"""What a configuration depends on: its folder and the environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import AfterValidator, ValidationInfo

from proxy.settings.errors.mistakes import Mistake, wrong


def untried(token: object, entry: str, *, shared: bool) -> Iterator[Mistake]:
    """Yield nothing: used if tokens cannot be tried."""
    del token, entry, shared
    yield from ()


class Trial(Protocol):
    """Tries what a token's settings name: its key or its file."""

    def __call__(self, token: object, entry: str, *, shared: bool) -> Iterator[Mistake]:
        """Yield what cannot be used; the keys are relative to `token`.

        `entry` is the URL of the stream's entry. `shared` skips the check of who else
        may read a secret file.
        """
        ...


@dataclass(frozen=True, slots=True)
class ValueContext:
    """The folder where relative paths start, and the environment variables."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    shared_secret_files: bool = False
    """Whether other users may read secret files."""
    trial: Trial = untried
    """Tries each token in the way it will be used."""


def around(info: ValidationInfo) -> ValueContext:
    """Return the surroundings of this validation; empty ones if it has none."""
    if isinstance(info.context, ValueContext):
        return info.context
    return ValueContext(Path(), {})


def _beside(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise wrong("is not a path", "expected the path of a file")
    return around(info).folder / path


FilePath = Annotated[Path, AfterValidator(_beside)]
"""A path, relative to the configuration's folder; the file need not exist."""
