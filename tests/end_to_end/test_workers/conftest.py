"""A configuration with a fresh login beside it."""

from pathlib import Path

import pytest


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path of a configuration, with a fresh login beside it."""
    (tmp_path / "refresh").write_text("refresh-0")
    (tmp_path / "refresh").chmod(0o600)
    return tmp_path / "config.toml"
