"""The base class of all tables of the configuration."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from proxy.settings.errors.mistakes import shown, wrong


class Table(BaseModel):
    """A frozen table of the configuration that refuses unknown keys.

    Fields are validated in the order of their declaration, and each sees the fields
    before it. So a field is declared after those it depends on. That way one mistake
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
    # pydantic accepts true as 1, and an environment variable holds only strings.
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong(shown(value), "expected a whole number")
    if isinstance(value, str) and not value.isdecimal():
        raise wrong(shown(value), "expected a whole number")
    return value


WholeNumber = Annotated[int, BeforeValidator(_number)]
"""A whole number."""
Amount = Annotated[WholeNumber, Field(ge=0)]
"""A whole number from 0 on."""
Count = Annotated[WholeNumber, Field(gt=0)]
"""A whole number that is at least one."""
