"""The benchmark of playlists; here they are small and only the shape is tested."""

import re

import pytest

from benchmarks.playlists import expensive, pauses, speed
from benchmarks.playlists.inputs import inputs


def test_playlists_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each input, with speeds, ratios, lags and times."""
    speed.main(["--scale", "0.01", "--runs", "2"])
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "MB"
    assert [row[:27].strip() for row in rows] == [one.name for one in inputs()]
    for row in rows:
        assert re.fullmatch(
            r"( +[0-9.]+){5}( +\d+x){2}( +[0-9.]+ ms){2}( +\d+ us){2}", row[27:]
        )


def test_slow_playlists_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each kind, and one for the memory of all."""
    expensive.main(["--scale", "0.01", "--runs", "1"])
    _, *rows, last = capsys.readouterr().out.splitlines()
    assert [row[:36].strip() for row in rows] == [
        name for name, _ in expensive.bodies(0.01)
    ]
    for row in rows:
        assert re.match(r" +[0-9.]+ +[0-9]+ +[0-9.]+ +[0-9]+", row[36:])
    assert last.endswith("MB of memory")


def test_pauses_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each form of the answer."""
    pauses.main(["--scale", "0.01"])
    rows = capsys.readouterr().out.splitlines()
    assert [row.partition(":")[0] for row in rows] == [
        "0.0 MB as it is",
        "0.0 MB zipped",
    ]


def test_the_inputs_are_the_same_in_every_run() -> None:
    """Each version has one segment more, or slides by one."""
    for one, other in zip(inputs(0.01), inputs(0.01), strict=True):
        first, second = one.version(0), one.version(1)
        assert other.version(1) == second
        come = second.count(b"#EXTINF") - first.count(b"#EXTINF")
        assert come == (0 if one.slides else 1)
        assert one.line(one.segments).encode() in second
        assert one.line(one.segments).encode() not in first
