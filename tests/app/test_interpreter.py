"""The interpreter, set up so that a long playlist holds nobody up."""

import gc
import sys
from collections.abc import Iterator

import pytest

from proxy.app.interpreter import set_up_interpreter


@pytest.fixture
def _restored() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)
    gc.unfreeze()


@pytest.mark.usefixtures("_restored")
def test_threads_give_way_soon_and_what_is_built_is_not_looked_through_again() -> None:
    """The event loop waits for neither a rewrite nor a full collection."""
    set_up_interpreter()
    assert sys.getswitchinterval() < 0.001
    assert gc.get_freeze_count() > 10_000
