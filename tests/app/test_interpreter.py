"""The interpreter, set up so that a long playlist delays nobody."""

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
def test_threads_switch_soon_and_built_objects_are_frozen() -> None:
    """The event loop waits for neither a rewrite nor a full garbage collection."""
    set_up_interpreter()
    assert sys.getswitchinterval() < 0.001
    assert gc.get_freeze_count() > 10_000
