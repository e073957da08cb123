"""Paths begin at the configuration's folder."""

from pathlib import Path

import pytest

from proxy.settings.values.surroundings import FilePath, ValueContext
from proxy.settings.values.table import Table
from tests.settings.told import told


class Held(Table):
    """A table with a path."""

    path: FilePath


@pytest.mark.parametrize(
    ("written", "read"), [("a/b.pem", "/etc/proxy/a/b.pem"), ("/run/x", "/run/x")]
)
def test_a_relative_path_begins_at_the_folder(written: str, read: str) -> None:
    """An absolute path stays; nothing need be there."""
    around = ValueContext(Path("/etc/proxy"), {})
    held = Held.model_validate({"path": written}, context=around)
    assert held.path == Path(read)


def test_what_no_file_can_be_called_is_refused() -> None:
    """Opening it would fail in another way than every other path."""
    assert told(Held, {"path": "a\0b"}) == [
        "path: is not a path; expected the path of a file"
    ]


def test_without_surroundings_a_path_stays() -> None:
    """A model that is built by hand refers to nothing."""
    assert Held.model_validate({"path": "x"}).path == Path("x")


def test_the_environment_is_not_printed() -> None:
    """It holds secrets of others as well."""
    assert "CANARY" not in repr(ValueContext(Path(), {"KEY": "CANARY"}))
