"""What the demo says while it runs."""

import pytest

from proxy.demo.show import Display
from proxy.tokens.report import Outcome, Refresh
from tests.fake_clock import FakeClock


async def test_one_line_per_token_life() -> None:
    """Short tokens are made for each request; a line for each would be a flood."""
    said: list[str] = []
    clock = FakeClock()
    display = Display(said.append, clock)
    for _ in range(7):
        display(Refresh("lobby", Outcome.MINTED, generation=1, lives=5.0))
        display(Refresh("yard", Outcome.UNCHANGED, generation=1, lives=5.0))
        await clock.advance(1.0)
    assert said == [
        "lobby: new token, lives 5 s",
        "lobby: new token, lives 5 s, 5 of them since the last line",
    ]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED])
def test_trouble_is_told_each_time(outcome: Outcome) -> None:
    """With its reason, as far as there is one."""
    said: list[str] = []
    display = Display(said.append, FakeClock())
    display(Refresh("lobby", outcome, generation=1, detail="timed out"))
    display(Refresh("lobby", outcome, generation=1))
    assert said == [f"lobby: token {outcome} timed out", f"lobby: token {outcome}"]
