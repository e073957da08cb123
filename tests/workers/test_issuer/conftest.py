"""Settings with a secret, and a clock that the test moves."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.settings import Settings, load
from tests.fake_clock import FakeClock


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Settings]:
    """Return a function that loads settings, with a secret."""
    secret = tmp_path / "refresh"
    secret.write_text("r0")
    secret.chmod(0o600)

    def loaded(text: str) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return load(path, environ={})

    return loaded


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()
