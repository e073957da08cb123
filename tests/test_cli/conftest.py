"""The path of a configuration."""

from pathlib import Path

import pytest


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path of the test's configuration."""
    return tmp_path / "config.toml"
