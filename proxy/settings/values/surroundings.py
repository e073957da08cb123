"""What a configuration refers to around it: its folder and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from proxy.settings.errors.mistakes import wrong


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where relative paths begin, and which environment variables there are."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    shared_secret_files: bool = False
    """Whether secret files may be open to other users."""


def around(info: ValidationInfo) -> Surroundings:
    """Return the surroundings that a validation was given; without any, none."""
    if isinstance(info.context, Surroundings):
        return info.context
    return Surroundings(Path(), {})


def _beside(path: Path, info: ValidationInfo) -> Path:
    if "\0" in str(path):
        raise wrong("is no path", "want the path of a file")
    return around(info).folder / path


FilePath = Annotated[Path, AfterValidator(_beside)]
"""A path, relative to the configuration's folder; nothing need be there yet."""
