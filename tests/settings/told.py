"""The problems of invalid tables."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from proxy.settings.errors.problems import problems
from proxy.settings.sources.token import SOURCES
from proxy.settings.values.surroundings import ValueContext


def told(
    model: type[BaseModel],
    table: object,
    *,
    folder: Path = Path(),
    environ: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the problems of a table, in lines; none if it is valid."""
    try:
        model.model_validate(table, context=ValueContext(folder, environ or {}))
    except ValidationError as exc:
        found = problems(exc, model, sources=SOURCES, variables={})
        return [str(problem) for problem in found]
    return []
