"""`token = { source = "command" }`: a program that prints tokens."""

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from proxy.core.tokens.templates import nested
from proxy.core.tokens.templates.template import fill, holes
from proxy.settings.errors.mistakes import KeyPath, Mistake, described, wrong
from proxy.settings.sources.answer_layout import Answered, PositiveSeconds
from proxy.settings.values.placeholders import MEMBER
from proxy.settings.values.surroundings import FilePath

_LONGEST_SECONDS = 120.0
_AWS_FIELDS = frozenset({"access_key_id", "secret_access_key", "session_token"})
_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"
_TEXT = {"type": "string"}


def _words(value: object) -> object:
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError:
            raise wrong(
                "has an unclosed quote", "expected words as in a shell"
            ) from None
    if not isinstance(value, list | tuple):
        raise wrong(described(value), "expected a string or a list of strings")
    if not value or not value[0]:
        raise wrong("is empty", "expected a program and its arguments")
    return value


Words = Annotated[
    tuple[str, ...],
    BeforeValidator(_words),
    WithJsonSchema({"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}),
]
"""A program and its arguments: a list, or a string that is split as in a shell."""


class CommandToken(Answered):
    """Tokens that a program prints."""

    source: Literal["command"]
    folder: FilePath = Path()
    """Where it runs; paths in the command begin there."""
    env: Mapping[Annotated[str, Field(pattern=_VARIABLE)], str] = Field(
        default_factory=dict, repr=False
    )
    """Environment variables, in addition to those of the proxy."""
    command: Words = Field(repr=False)
    """The program and its arguments; no shell sees them."""
    format: Literal["auto", "kubernetes", "aws", "google", "json", "text"] = "auto"
    """The format of its output."""
    timeout: PositiveSeconds = 10.0
    """How long it may take, in seconds."""

    @field_validator("format")
    @classmethod
    def _format(cls, form: str, info: ValidationInfo) -> str:
        fields = info.data.get("fields")
        if fields is None:
            return form
        if form == "json" and not fields:
            raise wrong(
                '"json" without fields', 'expected fields, such as { token = "/token" }'
            )
        if fields and form not in {"auto", "json"}:
            raise wrong(f'"{form}" beside fields', 'expected "json", or no fields')
        return form

    @field_validator("timeout")
    @classmethod
    def _timeout(cls, seconds: float) -> float:
        if seconds > _LONGEST_SECONDS:
            raise wrong(f"{seconds:g} seconds", "expected 120 seconds at most")
        return seconds

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return _AWS_FIELDS if self.format == "aws" else super().field_names()

    def holes(self) -> frozenset[str]:
        """Return the placeholders to fill from the stream's keys."""
        return nested.holes([list(self.command), dict(self.env)])

    def held_by(self, name: str) -> KeyPath:
        """Return the key of the first template with this placeholder."""
        return ("command",) if name in nested.holes(list(self.command)) else ("env",)

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these placeholders filled; a word stays one word."""
        return self.model_copy(
            update={
                "command": tuple(fill(word, values) for word in self.command),
                "env": {name: fill(text, values) for name, text in self.env.items()},
            }
        )

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with the filled source; keys are relative to `token`."""
        program, *arguments = self.command
        if MEMBER in holes(program):
            found = "has {id} in the name of the program"
            yield Mistake(found, "expected it in an argument or in env", ("command",))
        member = f"{{{MEMBER}}}"
        if any(word.startswith(member) for word in arguments):
            # Players choose the id: it could be `-f`, for instance.
            hint = 'expected it after other text, such as "--id={id}", or in env'
            yield Mistake("an argument begins with {id}", hint, ("command",))
