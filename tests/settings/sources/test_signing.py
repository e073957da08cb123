"""What all signing sources need."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from proxy.settings.sources.signing import Signing
from proxy.settings.values.surroundings import ValueContext
from tests.settings.told import told


def test_a_key_may_be_in_the_configuration() -> None:
    """It is not printed."""
    signing = Signing.model_validate(
        {"key": "CANARY"}, context=ValueContext(Path(), {})
    )
    assert signing.key == SecretStr("CANARY")
    assert "CANARY" not in repr(signing)


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ({}, "key: is missing; expected exactly one of key, key_file and key_env"),
        ({"key": ""}, "key: is empty; expected a key"),
        (
            {"key": "CANARY", "key_env": "KEY"},
            (
                "key: is set more than once; "
                "expected exactly one of key, key_file and key_env"
            ),
        ),
        (
            {"key": "CANARY", "lifetime": 1},
            "lifetime: 1 seconds; expected 2 seconds or more",
        ),
    ],
)
def test_exactly_one_key_is_required(table: dict[str, object], line: str) -> None:
    """With two it would be unclear which one signs."""
    assert told(Signing, table, environ={"KEY": "CANARY"}) == [line]
