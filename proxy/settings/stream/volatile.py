"""`volatile`: the parts of URLs that change while the resource stays the same."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from proxy.settings.errors.mistakes import described, shown, wrong
from proxy.settings.values.table import Table


def _pattern(value: object) -> re.Pattern[str]:
    if isinstance(value, re.Pattern):
        return value
    if not isinstance(value, str):
        raise wrong(described(value), "expected a regular expression")
    try:
        return re.compile(value)
    except re.error as exc:
        raise wrong(shown(value), f"expected a regular expression: {exc}") from exc


Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
LowerCase = Annotated[str, AfterValidator(str.lower)]


class VolatileSettings(Table):
    """Names and patterns of what is left out when a resource gets its name."""

    query: frozenset[LowerCase] = frozenset()
    """Names of query parameters, in lower case."""
    path: tuple[Pattern, ...] = ()
    """Regular expressions; what they match in the path gives way to `*`."""
