"""Where in an answer the token is, as JSON Pointers."""

from collections.abc import Mapping
from typing import Annotated

from jsonpointer import JsonPointer, JsonPointerException
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from proxy.settings.errors.mistakes import shown, wrong
from proxy.settings.sources.base import TokenSource
from proxy.settings.values.placeholders import HoleName
from proxy.settings.values.times import Seconds


def _pointer(text: str) -> str:
    try:
        JsonPointer(text)
    except JsonPointerException:
        wanted = 'expected a JSON Pointer (RFC 6901), such as "/data/token"'
        raise wrong(shown(text), wanted) from None
    return text


def positive(seconds: float) -> float:
    """Return a duration; raise `Wrong` unless it is more than zero."""
    if not seconds:
        raise wrong("0 seconds", "expected more than 0")
    return seconds


Pointer = Annotated[str, AfterValidator(_pointer)]
"""A position in a JSON text; empty: the whole text."""
PositiveSeconds = Annotated[Seconds, AfterValidator(positive)]
"""A duration of more than zero."""


class Answered(TokenSource):
    """A source that extracts its tokens from a text."""

    fields: Mapping[HoleName, Pointer] = Field(default_factory=dict)
    """A pointer for each field of the token; without any, the whole text is `token`."""
    expires_in: Pointer | None = None
    """Where the lifetime is, in seconds."""
    expires_at: Pointer | None = None
    """Where the end stands, as epoch seconds or milliseconds, or as a date and time."""
    refresh_in: Pointer | None = None
    """Where the service says in how many seconds to ask again."""
    ttl: PositiveSeconds | None = None
    """The lifetime of tokens that say nothing about their end, in seconds."""
    leading_expiry: bool = False
    """Whether a token begins with the epoch seconds of its end and an underscore."""

    @field_validator("expires_in", "expires_at", "refresh_in")
    @classmethod
    def _times(cls, pointer: str | None, info: ValidationInfo) -> str | None:
        if pointer is not None and not info.data.get("fields", True):
            found = "is set without fields"
            raise wrong(found, 'expected fields too, such as { token = "/token" }')
        return pointer

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset(self.fields) or super().field_names()
