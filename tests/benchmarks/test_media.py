"""The benchmark of media; here it is short and only the output's shape is tested."""

import pytest

from benchmarks.media.__main__ import main as bench
from benchmarks.media.cases import BARE, PROGRAM, Kind, cases
from benchmarks.rig import commands

linux = pytest.mark.skipif(bool(commands.lacks()), reason=commands.lacks() or "Linux")


@linux
def test_media_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """The cost of each kind of request, and how often the origin was asked."""
    options = ("--rounds", "1", "--seconds", "0.2", "--client", "--alone")
    assert bench(options) == 0
    said = capsys.readouterr().out
    for case in cases():
        sides = [PROGRAM, BARE] if case.kind is Kind.RELAYED else [PROGRAM]
        rows = said.partition(f"\n{case.name}\n")[2].splitlines()
        for row, side in zip(rows, sides, strict=False):
            assert row[:24].strip() == side
            cost, *_, upstream = row[24:54].split()
            assert float(cost) > 0
            if case.kind in (Kind.RELAYED, Kind.FILLING):
                assert float(upstream) >= 1.0


def test_an_unknown_case_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """With the names of the known ones."""
    assert bench(["--only", "3 MB"]) == 2
    assert "no such case; want a part of: 2 MB, not stored" in capsys.readouterr().err
