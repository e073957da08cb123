"""What the demo shows while it runs."""

import re
import socket
import tomllib

import pytest

from proxy.clock import SystemClock
from proxy.demo.show import PORT, Display, profile, shown
from proxy.errors import StartError
from proxy.events.event import Event
from proxy.events.refresh import Outcome, Refresh


def test_tokens_are_counted_not_listed() -> None:
    """Short ones are made for each request, which would be too many lines."""
    said: list[str] = []
    display = Display(said.append)
    for lives in (4.2, 5.0, 4.9):
        display(Refresh("lobby", Outcome.MINTED, generation=1, lives=lives))
        display(Refresh("yard", Outcome.UNCHANGED, generation=1, lives=lives))
    assert said == []
    assert display.state(75.0) == (
        "1:15  tokens: 3, valid for 5 s each, made while somebody plays; failures: 0"
    )


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED])
def test_each_failure_is_shown(outcome: Outcome) -> None:
    """With its reason, if there is one."""
    said: list[str] = []
    display = Display(said.append)
    display(Refresh("lobby", outcome, generation=1, detail="timed out"))
    display(Refresh("lobby", outcome, generation=1))
    assert said == [f"lobby: token {outcome} timed out", f"lobby: token {outcome}"]
    assert display.state(0.0).endswith("failures: 2")


def test_the_profile_moves_to_other_ports() -> None:
    """All of it; at the default ports it is the unchanged file."""
    moved = profile(9080)
    tomllib.loads(moved)
    assert set(re.findall(r":(\d{4})\b", moved)) == {"9080", "9081", "9082"}
    assert moved.count(":9081") == profile(PORT).count(":8081") > 0


@pytest.mark.parametrize("taken", [0, 1, 2])
async def test_a_used_port_is_reported_with_free_ones_before_any_token(
    taken: int,
) -> None:
    """For both of the two ports."""
    told: list[Event] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1] - taken
        words = r"^127\.0\.0\.1:\d+ is in use by .*; other ports: .* --port \d+$"
        with pytest.raises(StartError, match=words):
            async with shown(told.append, SystemClock(), port=port):
                pass
    assert told == []
