"""The number of workers on this system."""

from typing import Literal

import pytest

from proxy.errors import StartError
from proxy.system import processes, sockets
from proxy.workers.worker_count import number_of


@pytest.mark.parametrize(
    ("wanted", "hands", "number"),
    [(1, True, 1), (5, True, 5), ("auto", True, 3), ("auto", False, 1), (1, False, 1)],
)
def test_the_configured_number_is_used_if_possible(
    monkeypatch: pytest.MonkeyPatch,
    wanted: int | Literal["auto"],
    hands: bool,  # noqa: FBT001 - a column of the table
    number: int,
) -> None:
    """`auto` means one per core."""
    monkeypatch.setattr(sockets, "hands_sockets", lambda: hands)
    monkeypatch.setattr(processes, "cores", lambda: 3)
    assert number_of(wanted) == number


def test_an_impossible_number_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key: what is there; what is expected."""
    monkeypatch.setattr(sockets, "hands_sockets", lambda: False)
    with pytest.raises(StartError) as caught:
        number_of(4)
    assert str(caught.value) == (
        "server.workers: 4, but on this system processes cannot share a socket; "
        'expected 1 or "auto"'
    )
