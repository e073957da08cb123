"""A finding as text for people."""

from proxy.diagnosis.finding import Finding


def test_a_successful_step_is_one_line() -> None:
    """Verdict, step, time and result, in columns."""
    (line,) = Finding("entry", "5 variants", seconds=0.123).lines()
    assert line.split() == ["ok", "entry", "0.12", "s", "5", "variants"]


def test_a_failure_has_more_lines() -> None:
    """The advice is below it, indented."""
    first, *more = Finding("key", "refused", failed=True, notes=("do: x",)).lines()
    assert first.startswith("FAILED  key")
    assert more == ["        do: x"]
