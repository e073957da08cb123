"""What all players use: cells of one table of results."""

from collections.abc import Callable, Iterator

import pytest

from tests.players.table import Cell, table

STYLES = ("fastpix", "cloudflare", "bearer")

Saw = Callable[[str, str], None]
"""Records what was seen of a case."""
Opened = Callable[..., Saw]
"""Opens cells: the player, how the stream is protected, the cases."""


@pytest.fixture
def cells(
    record_property: Callable[[str, object], None],
) -> Opened:
    """Return a function that opens cells; each is a failure until it is filled."""

    def opened(player: str, protected_as: str, *cases: str) -> Saw:
        def saw(case: str, what: str) -> None:
            assert case in cases
            record_property("cell", [player, protected_as, case, what])

        for case in cases:
            saw(case, "FAILED")
        return saw

    return opened


def _cells(terminalreporter: pytest.TerminalReporter) -> Iterator[Cell]:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in report.user_properties:
                if report.when == "call" and name == "cell":
                    yield Cell(*value)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write the table: what each player played, and what failed."""
    cells = list(_cells(terminalreporter))
    if cells:
        terminalreporter.section("what was seen")
        terminalreporter.write_line(table(cells))
