"""`placement`: where a token goes on a request."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from proxy.core.headers import is_clean
from proxy.core.template import holes
from proxy.settings.table import Count, Table
from proxy.settings.wrong import Mistake, shown, wrong

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
# They say how the message itself is framed and coded, or belong to one request.
_NOT_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "if-range",
        "keep-alive",
        "proxy-connection",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def header_name(name: str) -> str:
    """Return the name of a header that may be configured, else raise `Wrong`."""
    if not _TOKEN.fullmatch(name):
        raise wrong(shown(name), "want the name of a header")
    if name.lower() in _NOT_OURS:
        raise wrong(shown(name), "want no header that the proxy sets by itself")
    return name


def header_value(value: str) -> str:
    """Return the value of a header if it is one line of plain text."""
    if not is_clean(value) or not value.isascii():
        raise wrong("is more than a line of ASCII", "want one line of ASCII")
    return value


def _cookie_name(name: str) -> str:
    if not _TOKEN.fullmatch(name):
        raise wrong(shown(name), "want the name of a cookie")
    return name


HeaderName = Annotated[str, AfterValidator(header_name)]
HeaderValue = Annotated[str, AfterValidator(header_value)]


class PlacementSettings(Table):
    """One place, and what is put there: exactly one of the first four is set."""

    query: Annotated[str, Field(min_length=1)] | None = None
    """The name of a query parameter."""
    header: HeaderName | None = None
    """The name of a request header."""
    cookie: Annotated[str, AfterValidator(_cookie_name)] | None = None
    """The name of a cookie."""
    path_part: Count | None = None
    """Which part of the URL's path the token replaces; the first is 1."""
    value: Annotated[HeaderValue, Field(repr=False)] = "{token}"
    """The text that is put there, the token's fields in braces."""

    @field_validator("value")
    @classmethod
    def _value(cls, value: str) -> str:
        if not holes(value):
            raise wrong("holds no field of the token", 'want one, such as "{token}"')
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        ways = (self.query, self.header, self.cookie, self.path_part)
        if sum(way is not None for way in ways) != 1:
            found = "more than one place" if any(ways) else "no place"
            raise wrong(found, "give exactly one of query, header, cookie, path_part")
        return self

    def mistakes(self, fields: frozenset[str], parts: int) -> list[Mistake]:
        """Tell what does not fit a token of these fields and a path of these parts."""
        found = []
        for name in sorted(holes(self.value) - fields):
            wanted = f"want one of {', '.join(sorted(fields))}"
            found.append(Mistake(f"{{{name}}} is no field of the token", wanted))
        if self.path_part and self.path_part > parts:
            found.append(
                Mistake(f"path_part {self.path_part}", f"the url has {parts} parts")
            )
        return found
