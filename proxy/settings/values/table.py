"""What all tables of the configuration share."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from proxy.settings.errors.mistakes import shown, wrong


class Table(BaseModel):
    """A table of the configuration: frozen, and strangers among its keys refused.

    Fields are validated in the order they are declared, and each sees those before
    it. So whatever depends on other keys is declared after them, and one mistake
    never hides the next.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_default=True,
    )


def _number(value: object) -> object:
    # pydantic takes true for 1, and an environment variable holds only text.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong(shown(value), "expected a whole number")
    if isinstance(value, str) and not value.isdecimal():
        raise wrong(shown(value), "expected a whole number")
    return value


Whole = Annotated[int, BeforeValidator(_number)]
"""A whole number."""
Count = Annotated[Whole, Field(gt=0)]
"""A whole number of at least one."""
