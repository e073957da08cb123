"""How many processes serve players."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from proxy.settings.errors.mistakes import shown, wrong

MOST_WORKERS = 64


def workers(value: object) -> int | Literal["auto"]:
    """Return a number of processes, or "auto"; raise `Wrong` if it is neither."""
    match value:
        case "auto":
            return "auto"
        case bool():
            pass
        case int() if 1 <= value <= MOST_WORKERS:
            return value
        case str() if value.isdecimal() and 1 <= int(value) <= MOST_WORKERS:
            return int(value)
    raise wrong(shown(value), f'expected 1 to {MOST_WORKERS}, or "auto"')


Workers = Annotated[
    int | Literal["auto"],
    BeforeValidator(workers),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MOST_WORKERS},
                {"const": "auto"},
            ]
        }
    ),
]
"""How many processes serve players; "auto": one for each core."""
