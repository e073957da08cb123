"""How many workers there are on this system."""

from typing import Literal

import pytest

from proxy import system
from proxy.errors import StartError
from proxy.workers.number import number_of


@pytest.mark.parametrize(
    ("wanted", "hands", "number"),
    [(1, True, 1), (5, True, 5), ("auto", True, 3), ("auto", False, 1), (1, False, 1)],
)
def test_as_many_as_wanted_where_it_is_possible(
    monkeypatch: pytest.MonkeyPatch,
    wanted: int | Literal["auto"],
    hands: bool,  # noqa: FBT001 - a column of the table
    number: int,
) -> None:
    """Auto is a worker for each core."""
    monkeypatch.setattr(system, "hands_sockets", lambda: hands)
    monkeypatch.setattr(system, "cores", lambda: 3)
    assert number_of(wanted) == number


def test_what_is_impossible_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the key, what is there and what is expected."""
    monkeypatch.setattr(system, "hands_sockets", lambda: False)
    with pytest.raises(StartError) as caught:
        number_of(4)
    assert str(caught.value) == (
        "server.workers: 4, but on this system processes cannot share a socket; "
        'expected 1 or "auto"'
    )
