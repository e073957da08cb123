"""Values that are made for each request."""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make a class a dataclass that only the type checker keeps from being changed.

    A frozen dataclass has to set its fields through `object.__setattr__`, since its own
    method refuses. With ten fields that takes four times as long, and a request makes a
    dozen such values: it was a twentieth of the time of relaying something small. Use
    this for them only.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
