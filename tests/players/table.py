"""The table of results, player by case. Pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Cell(NamedTuple):
    """One thing that one player did, or failed to do."""

    player: str
    protected_as: str
    case: str
    what: str


def table(cells: Sequence[Cell]) -> str:
    """Return the table, with a row for each player and kind of protection.

    If two cells have the same place, the later one counts.
    """
    cases = list(dict.fromkeys(cell.case for cell in sorted(cells, key=_case)))
    rows = sorted({cell[:2] for cell in cells})
    said = {cell[:3]: cell.what for cell in cells}
    lines = [["player", "protected as", *cases]]
    lines += [[*row, *(said.get((*row, case), "-") for case in cases)] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        for line in lines
    )


def _case(cell: Cell) -> str:
    return cell.case
