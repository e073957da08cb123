"""Each source has its own keys, and a token is one of them."""

import pytest

from proxy.settings.sources.token import SOURCES, TokenSettings
from proxy.settings.values.table import Table
from tests.settings.told import told


class Held(Table):
    """A table with a token."""

    token: TokenSettings


@pytest.mark.parametrize(
    ("token", "line"),
    [
        ({}, "token.source: is missing"),
        ({"source": "saml"}, 'token.source: "saml"'),
        ({"source": ["static"]}, "token.source: a list"),
    ],
)
def test_a_source_must_be_a_known_one(token: object, line: str) -> None:
    """The known ones are listed."""
    choice = ", ".join(SOURCES)
    assert told(Held, {"token": token}) == [f"{line}; expected one of {choice}"]


@pytest.mark.parametrize("token", ["CANARY", 3, ["CANARY"]])
def test_a_token_is_a_table(token: object) -> None:
    """A bare secret is not shown."""
    (line,) = told(Held, {"token": token})
    assert line.endswith("expected a table")
    assert "CANARY" not in line
