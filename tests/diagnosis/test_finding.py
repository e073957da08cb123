"""A finding as people see it."""

from proxy.diagnosis.finding import Finding


def test_a_step_that_went_well_is_one_line() -> None:
    """Verdict, step, time, result, in columns."""
    (line,) = Finding("entry", "5 variants", 0.123).lines()
    assert line.split() == ["ok", "entry", "0.12", "s", "5", "variants"]


def test_a_failure_says_more_below() -> None:
    """What to do stands under it, indented."""
    first, *more = Finding("key", "refused", failed=True, notes=("do: x",)).lines()
    assert first.startswith("FAILED  key")
    assert more == ["        do: x"]
