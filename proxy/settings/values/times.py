"""Times as people write them: durations such as "90s" or "1h30m", and dates."""

import math
import re
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from proxy.settings.errors.mistakes import shown, wrong

_SECONDS_PER = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_DURATION = re.compile(rf"(?:{_PART.pattern})+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def seconds(value: object) -> float:
    """Return a duration in seconds; raise `Wrong` if it is invalid."""
    match value:
        case bool():
            pass
        case int() | float() if math.isfinite(value) and value >= 0:
            return float(value)
        case str() if _NUMBER.fullmatch(value):
            return float(value)
        case str() if _DURATION.fullmatch(value):
            parts = _PART.findall(value)
            return sum(float(number) * _SECONDS_PER[unit] for number, unit in parts)
    raise wrong(
        shown(value), 'expected seconds, or a duration such as "90s", "5m", "1h"'
    )


Seconds = Annotated[
    float,
    BeforeValidator(seconds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": f"^({_DURATION.pattern})$"},
            ]
        }
    ),
]
"""A duration in a model: written in either form, stored in seconds."""


def moment(value: object) -> float | None:
    """Return epoch seconds, from a number or from a date and time with its offset."""
    match value:
        case None:
            return None
        case int() | float() if not isinstance(value, bool):
            return float(value)
        case str() if value.isdecimal():
            return float(value)
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if not isinstance(read, datetime) or read.tzinfo is None:
        raise wrong(shown(value), "expected a time such as 2030-01-31T12:00:00Z")
    return read.timestamp()


MomentText = Annotated[
    float | None,
    BeforeValidator(moment),
    WithJsonSchema({"type": ["number", "string"]}),
]
"""A point in time in a model, in epoch seconds; None if it is not known."""
