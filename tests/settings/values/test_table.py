"""Tables are frozen, know their keys, and take whole numbers for what they are."""

import pytest
from pydantic import ValidationError

from proxy.settings.values.table import Amount, Count, Table
from tests.settings.told import told


class Held(Table):
    """A table with a count and an amount."""

    count: Count = 1
    amount: Amount = 0


def test_a_table_is_frozen() -> None:
    """Settings are values."""
    held = Held()
    with pytest.raises(ValidationError):
        held.count = 2  # type: ignore[misc]


def test_an_unknown_key_is_refused() -> None:
    """A typo does not silently leave a default in force."""
    assert told(Held, {"cuont": 2}) == ["cuont: no such key; did you mean count?"]


@pytest.mark.parametrize("written", [7, "7"])
def test_a_whole_number_may_come_as_text(written: object) -> None:
    """Environment variables hold nothing else."""
    assert Held.model_validate({"count": written}).count == 7


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (True, "count: true; expected a whole number"),
        (1.5, "count: 1.5; expected a whole number"),
        ("x", 'count: "x"; expected a whole number'),
        (0, "count: 0; expected it to be greater than 0"),
    ],
)
def test_other_values_than_counts_are_refused(written: object, line: str) -> None:
    """Booleans are not numbers, and nothing is rounded."""
    assert told(Held, {"count": written}) == [line]


def test_an_amount_may_be_zero_but_not_less() -> None:
    """For example to switch something off."""
    assert told(Held, {"amount": 0}) == []
    (line,) = told(Held, {"amount": -1})
    assert line == "amount: -1; expected it to be greater than or equal to 0"
