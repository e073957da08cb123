"""How many processes serve players."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.settings.errors.mistakes import Wrong
from proxy.settings.program import ServerSettings
from proxy.settings.values.workers import MOST_WORKERS, workers


@pytest.mark.parametrize(
    ("written", "read"), [(1, 1), (64, 64), ("4", 4), ("auto", "auto")]
)
def test_a_number_or_auto(written: object, read: object) -> None:
    """As text too: an environment variable holds nothing else."""
    assert workers(written) == read
    assert ServerSettings.model_validate({"workers": written}).workers == read


@pytest.mark.parametrize(
    "written", [0, -1, 65, 1.5, True, "many", "0", "99999999", None]
)
def test_anything_else_is_refused(written: object) -> None:
    """True is no number, and a thousand processes are a mistake."""
    with pytest.raises(Wrong):
        workers(written)


@given(st.text())
def test_any_text_is_a_number_in_bounds_or_refused(text: str) -> None:
    """No text leads to another error."""
    with contextlib.suppress(Wrong):
        number = workers(text)
        assert number == "auto" or 1 <= int(number) <= MOST_WORKERS
