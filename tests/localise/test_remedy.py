"""Which setting helps a stream that has too many names."""

import pytest

from proxy.localise.remedy import remedy

RAISE = "raise limits.names_per_stream (1,000)"


def test_names_that_leave_a_window_are_not_other_names() -> None:
    """Unless the same file returns with another URL."""
    gone, listed = ["https://o/a/1.ts"], ["https://o/a/2.ts", "https://o/a/3.ts"]
    assert remedy(1000, gone, listed, slides=True) == RAISE
    moved = remedy(1000, gone, ["https://o/b/1.ts"], slides=True)
    assert "volatile.path" in moved
    before, now = ["https://o/2.ts?x=1"], ["https://o/2.ts?x=2"]
    assert 'add "x" to volatile.query' in remedy(1000, before, now, slides=True)


@pytest.mark.parametrize(
    ("older", "listed", "said"),
    [
        ([], ["https://o/1.ts"], RAISE),
        (["https://o/1.ts?a=1&s=1"], ["https://o/1.ts?a=1&s=2"], 'add "s" to volatile'),
        (["https://o/1.ts"], ["https://o/1.ts?s=2"], 'add "s" to volatile.query'),
        (["https://o/1.ts?s=1&e=2"], ["https://o/1.ts?s=2&e=3"], 'add "s", "e" to'),
        (["https://o/a/1.ts"], ["https://o/b/1.ts"], "changes to volatile.path"),
        (["https://o/1.ts?s=SECRET"], ["https://o/1.ts?s=2"], RAISE),
    ],
)
def test_the_changing_part_is_what_to_leave_out(
    older: list[str], listed: list[str], said: str
) -> None:
    """The advice has the names of parameters, never their values."""
    advice = remedy(1000, older, listed)
    assert said in advice
    assert advice.endswith(RAISE)
    assert "SECRET" not in advice
