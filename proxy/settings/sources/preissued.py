"""Ready-made tokens: in the configuration, in a variable or in a file."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from proxy.settings.errors.mistakes import wrong
from proxy.settings.sources.answer_layout import Answered
from proxy.settings.sources.base import TokenSource
from proxy.settings.values.placeholders import HoleName
from proxy.settings.values.secret import SecretPath, SecretVariable, chosen
from proxy.settings.values.surroundings import FilePath
from proxy.settings.values.times import MomentText

_Filled = Annotated[SecretStr, Field(min_length=1)]


class StaticToken(TokenSource):
    """A token that never changes while the program runs."""

    bindings = frozenset({"stream"})
    source: Literal["static"]
    value_file: SecretPath | None = None
    value_env: SecretVariable | None = None
    fields: Mapping[HoleName, _Filled] = Field(default_factory=dict)
    """Several fields instead of the one that is called `token`."""
    expires_at: MomentText = None
    """Epoch seconds. Without it, a JWT's own expiry counts; other tokens are used until
    they are refused."""
    leading_expiry: bool = False
    """Whether a token begins with the epoch seconds of its end and an underscore."""
    value: SecretStr | None = None
    """The token, from wherever it was configured; None beside `fields`."""

    @field_validator("value")
    @classmethod
    def _value(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        value = chosen("value", given, info)
        ways = ("value_file", "value_env", "fields")
        if all(way in info.data for way in ways):
            fields = info.data["fields"]
            if (value is None) == (not fields):
                raise wrong(
                    "is set beside fields" if fields else "is missing",
                    "expected exactly one of value, value_file, value_env and fields",
                )
        return value

    def secrets(self) -> dict[str, str]:
        """Return the token's fields as plain text."""
        if self.value is not None:
            return {"token": self.value.get_secret_value()}
        return {name: value.get_secret_value() for name, value in self.fields.items()}

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset(self.fields) or super().field_names()


class EnvToken(TokenSource):
    """A token from environment variables."""

    bindings = frozenset({"stream"})
    source: Literal["env"]
    variable: SecretVariable | None = None
    fields: Mapping[HoleName, SecretVariable] = Field(default_factory=dict)
    """A variable for each field, instead of the one for `token`."""
    leading_expiry: bool = False
    """Whether a token begins with the epoch seconds of its end and an underscore."""

    @field_validator("fields")
    @classmethod
    def _fields(
        cls, fields: Mapping[str, str], info: ValidationInfo
    ) -> Mapping[str, str]:
        variable = info.data.get("variable", "")
        if (variable is None) == (not fields):
            found = "is set beside variable" if fields else "no variable is set"
            raise wrong(found, "expected exactly one of variable and fields")
        return fields

    def variables(self) -> dict[str, str]:
        """Return the variable of each field."""
        return {"token": self.variable} if self.variable else dict(self.fields)

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset(self.variables())


class FileToken(Answered):
    """A token from a file that another program keeps fresh.

    The file may appear after the start: its keeper waits for it.
    """

    source: Literal["file"]
    path: FilePath
