"""What a configuration refers to around it: its folder and the environment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import AfterValidator, ValidationInfo

from proxy.settings.errors.mistakes import Mistake, wrong


def untried(token: object, entry: str, *, shared: bool) -> Iterator[Mistake]:
    """Find nothing wrong: for whoever has no way to try a token."""
    del token, entry, shared
    yield from ()


class Trial(Protocol):
    """Tries what the settings of a token name: its key, its file."""

    def __call__(self, token: object, entry: str, *, shared: bool) -> Iterator[Mistake]:
        """Yield what cannot be used, with keys below `token`.

        `entry` is the URL of the stream's entry; `shared` lifts the checks of who else
        may read a secret file.
        """
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where relative paths begin, and which environment variables there are."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    shared_secret_files: bool = False
    """Whether secret files may be open to other users."""
    trial: Trial = untried
    """Tries each token as it would be used."""


def around(info: ValidationInfo) -> Surroundings:
    """Return the surroundings that a validation was given; without any, none."""
    if isinstance(info.context, Surroundings):
        return info.context
    return Surroundings(Path(), {})


def _beside(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise wrong("is not a path", "expected the path of a file")
    return around(info).folder / path


FilePath = Annotated[Path, AfterValidator(_beside)]
"""A path, relative to the configuration's folder; nothing need be there yet."""
