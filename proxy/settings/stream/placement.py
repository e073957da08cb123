"""`placement`: where a token goes on a request."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from proxy.core.tokens.templates.template import holes
from proxy.settings.errors.mistakes import Mistake, Wrong, shown, wrong
from proxy.settings.values.headers import HeaderName, HeaderValue, User, is_http_token
from proxy.settings.values.table import Count, Table

_PART = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}){2,}")


def _cookie_name(name: str) -> str:
    if not is_http_token(name):
        raise wrong(shown(name), "expected the name of a cookie")
    return name


def _mark(text: str) -> str:
    if not _PART.fullmatch(text):
        raise wrong(shown(text), "expected 2 or more characters that a path may have")
    return text


Name = Annotated[str, Field(min_length=1)]

PLACES = (
    "query",
    "query_text",
    "header",
    "cookie",
    "path_part",
    "path_prefix",
    "basic",
    "whole_url",
)
"""The keys that set a place."""
_GO_WITH = {
    "raw": ("query",),
    "exclusive": ("query", "query_text"),
    "at": ("path_prefix",),
}


class PlacementSettings(Table):
    """One place, and what is put there: exactly one of the places is set."""

    query: Name | None = None
    """The name of a query parameter."""
    query_text: Annotated[tuple[Name, ...], Field(min_length=1)] | None = None
    """The names of several query parameters; the value is the text of all of them."""
    header: HeaderName | None = None
    """The name of a request header."""
    cookie: Annotated[str, AfterValidator(_cookie_name)] | None = None
    """The name of a cookie."""
    path_part: Count | None = None
    """Which part of the URL's path the token replaces; the first is 1."""
    path_prefix: Annotated[str, AfterValidator(_mark)] | None = None
    """What a path part that is inserted begins with; the value follows."""
    basic: User | None = None
    """The user of Basic authentication; the value is the password."""
    whole_url: Literal[True] | None = None
    """The token is the URL of the entry itself."""
    at: Count = 1
    """Which part of the path a path_prefix becomes."""
    raw: bool = False
    """Whether a query parameter keeps all that may stand in a query."""
    exclusive: bool = False
    """Whether all other query parameters are dropped."""
    value: Annotated[HeaderValue, Field(repr=False)] = "{token}"
    """The text that is put there, the token's fields in braces."""

    @property
    def place(self) -> tuple[str, object]:
        """Return the key of the place, and its value."""
        return next(
            (way, of) for way in PLACES if (of := getattr(self, way)) is not None
        )

    @property
    def in_header(self) -> str:
        """Return the place in words if it is in the header; empty if in the URL."""
        if self.basic is not None:
            return "Basic authentication"
        if self.cookie is not None:
            return f"the cookie {self.cookie}"
        return "" if self.header is None else f"the header {self.header}"

    @field_validator("value")
    @classmethod
    def _value(cls, value: str) -> str:
        if not holes(value):
            raise wrong(
                "has no field of the token", 'expected at least one, such as "{token}"'
            )
        return value

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        ways = [way for way in PLACES if getattr(self, way) is not None]
        if len(ways) != 1:
            found = "more than one place" if ways else "no place"
            raise wrong(found, f"expected exactly one of {', '.join(PLACES)}")
        for key, places in _GO_WITH.items():
            if getattr(self, key) != type(self).model_fields[key].default and (
                ways[0] not in places
            ):
                wanted = f"expected it only with {' or '.join(places)}"
                raise Wrong(Mistake("is set", wanted, (key,)))
        return self

    def mistakes(self, fields: frozenset[str], parts: int) -> list[Mistake]:
        """Return what does not fit a token with these fields, or the path's length."""
        found = []
        for name in sorted(holes(f"{self.value}{self.basic}") - fields):
            wanted = f"expected one of {', '.join(sorted(fields))}"
            found.append(Mistake(f"{{{name}}} is not a field of the token", wanted))
        if self.path_part and self.path_part > parts:
            found.append(
                Mistake(
                    f"path_part {self.path_part}",
                    f"expected at most {parts}: the url has {parts} parts",
                )
            )
        if self.path_prefix and self.at > parts:
            found.append(
                Mistake(
                    f"at {self.at}",
                    f"expected at most {parts}: the url has {parts} parts",
                )
            )
        if self.query_text:
            wanted = "expected all parameters of the value in query_text"
            missing = sorted({*_names(self.value)} - {*self.query_text})
            found += [Mistake(f"{name} is not listed", wanted) for name in missing]
        return found


def shared(places: Sequence[PlacementSettings]) -> Iterator[int]:
    """Yield the index of each placement whose place an earlier one already uses."""
    taken: set[tuple[str, str]] = set()
    for index, placement in enumerate(places):
        wanted = set(_claims(placement))
        if wanted & taken:
            yield index
        taken |= wanted


def _claims(placement: PlacementSettings) -> Iterator[tuple[str, str]]:
    way, which = placement.place
    match way:
        case "query" | "query_text":
            names = which if isinstance(which, tuple) else (which,)
            yield from (("query", str(name).lower()) for name in names)
        case "basic":
            yield "header", "authorization"
        case "header":
            yield way, str(which).lower()
        case _:
            yield way, str(which)


def _names(text: str) -> Iterator[str]:
    """Yield the parameter names that a text contains."""
    for pair in text.split("&"):
        name, equals, _ = pair.partition("=")
        if equals and not holes(name):
            yield name
