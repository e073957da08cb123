"""Tokens that were made elsewhere; their secrets are not printed."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from proxy.settings.sources.preissued import EnvToken, FileToken, StaticToken
from proxy.settings.sources.token import TokenSettings
from proxy.settings.values.surroundings import ValueContext
from proxy.settings.values.table import Table
from tests.settings.told import told

ONE = "expected exactly one of value, value_file, value_env and fields"


class Held(Table):
    """A table with a token."""

    token: TokenSettings


def static(**keys: object) -> dict[str, object]:
    """Return a table with a static token."""
    return {"token": {"source": "static", **keys}}


def test_a_static_token_of_one_field() -> None:
    """It is called `token`."""
    held = Held.model_validate(static(value="CANARY", expires_at=1893456000))
    token = held.token
    assert isinstance(token, StaticToken)
    assert token.secrets() == {"token": "CANARY"}
    assert token.field_names() == {"token"}
    assert token.expires_at == 1893456000.0
    assert "CANARY" not in repr(held)


def test_a_static_token_of_several_fields() -> None:
    """CloudFront needs three of them."""
    held = Held.model_validate(static(fields={"policy": "CANARY", "sig": "CANARY2"}))
    assert isinstance(held.token, StaticToken)
    assert held.token.secrets() == {"policy": "CANARY", "sig": "CANARY2"}
    assert held.token.field_names() == {"policy", "sig"}
    assert "CANARY" not in repr(held)


def test_a_static_token_from_a_variable() -> None:
    """It is read when the configuration is."""
    around = ValueContext(Path(), {"KEY": "CANARY"})
    held = Held.model_validate(static(value_env="KEY"), context=around)
    assert isinstance(held.token, StaticToken)
    assert held.token.value == SecretStr("CANARY")


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({}, f"token.value: is missing; {ONE}"),
        ({"fields": {}}, f"token.value: is missing; {ONE}"),
        (
            {"value": "CANARY", "fields": {"a": "CANARY"}},
            f"token.value: is set beside fields; {ONE}",
        ),
        (
            {"fields": {"a-b": "CANARY"}},
            'token.fields.a-b: "a-b"; expected a name of letters, digits and _',
        ),
        (
            {"fields": {"a": ""}},
            "token.fields.a: an empty string; expected a string that is not empty",
        ),
        ({"value": 5}, "token.value: a number; expected a string"),
        (
            {"value": "CANARY", "expires_at": "soon"},
            'token.expires_at: "soon"; expected a time such as 2030-01-31T12:00:00Z',
        ),
    ],
)
def test_a_static_token_is_given_exactly_once(
    keys: dict[str, object], line: str
) -> None:
    """Error messages never contain it."""
    assert told(Held, static(**keys)) == [line]


def test_the_variable_of_a_token_must_be_set() -> None:
    """The environment does not change while the program runs."""
    table = {"token": {"source": "env", "variable": "KEY"}}
    assert told(Held, table) == [
        (
            "token.variable: KEY is not set in the environment; "
            "expected it to hold a secret"
        )
    ]
    around = ValueContext(Path(), {"KEY": "CANARY"})
    held = Held.model_validate(table, context=around)
    assert held.token == EnvToken.model_validate(table["token"], context=around)


def test_a_token_file_may_appear_later(tmp_path: Path) -> None:
    """Its writer may start after us; its path is relative to the folder."""
    table = {"token": {"source": "file", "path": "later.token"}}
    held = Held.model_validate(table, context=ValueContext(tmp_path, {}))
    assert isinstance(held.token, FileToken)
    assert held.token.path == tmp_path / "later.token"


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({}, "token.fields: no variable is set"),
        (
            {"variable": "KEY", "fields": {"a": "KEY"}},
            "token.fields: is set beside variable",
        ),
    ],
)
def test_a_token_from_variables_is_given_once(
    keys: dict[str, object], line: str
) -> None:
    """As one variable, or as one per field."""
    table = {"token": {"source": "env", **keys}}
    assert told(Held, table, environ={"KEY": "CANARY"}) == [
        f"{line}; expected exactly one of variable and fields"
    ]


def test_each_field_has_its_variable() -> None:
    """A missing one is named."""
    fields = {"policy": "POLICY", "key": "KEY"}
    table = {"token": {"source": "env", "fields": fields}}
    (line,) = told(Held, table, environ={"KEY": "CANARY"})
    assert line.startswith("token.fields.policy: POLICY is not set in the environment")
    around = ValueContext(Path(), {"KEY": "CANARY", "POLICY": "CANARY"})
    held = Held.model_validate(table, context=around)
    assert isinstance(held.token, EnvToken)
    assert held.token.variables() == fields
    assert held.token.field_names() == {"policy", "key"}
