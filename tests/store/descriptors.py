"""The number of files that this process has open."""

from pathlib import Path

import pytest


def descriptors() -> int:
    """Count the open descriptors; skip the test if the system does not show them."""
    folder = next(
        (one for one in ("/proc/self/fd", "/dev/fd") if Path(one).is_dir()), ""
    )
    if not folder:
        pytest.skip("this system does not list open files")
    return sum(1 for _ in Path(folder).iterdir())
