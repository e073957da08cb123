"""A machine for each test."""

from pathlib import Path

import pytest

from tests.streams.test_offline.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Return a machine with an empty disk."""
    return Machine(tmp_path / "kept")
