"""Fixtures for the tests of tokens."""

import pytest

from tests.fake_clock import FakeClock
from tests.tokens.scripted import Reports, ScriptedSource


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()


@pytest.fixture
def source(clock: FakeClock) -> ScriptedSource:
    """Return a source whose tokens live for 60 s."""
    return ScriptedSource(clock)


@pytest.fixture
def reports() -> Reports:
    """Return a collector of the reports of a keeper."""
    return Reports()
