"""Secrets are read from files that nobody else can read, or from the environment."""

import os
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationInfo, field_validator

from proxy.settings.errors.mistakes import Wrong
from proxy.settings.values.secret import (
    SecretPath,
    SecretVariable,
    chosen,
    read_secret,
)
from proxy.settings.values.surroundings import ValueContext
from proxy.settings.values.table import Table
from tests.settings.told import told

OURS = ValueContext(Path(), {})


class Held(Table):
    """A table with a secret."""

    key_file: SecretPath | None = None
    key_env: SecretVariable | None = None
    key: SecretStr | None = None

    @field_validator("key")
    @classmethod
    def _key(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        return chosen("key", given, info)


def secret(folder: Path, content: bytes = b"CANARY\n", mode: int = 0o600) -> Path:
    """Write a secret file."""
    path = folder / "key"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_s12_an_open_file_is_refused_behind_a_link(tmp_path: Path) -> None:
    """The file that was opened is looked at, as Kubernetes links it."""
    link = tmp_path / "link"
    link.symlink_to(secret(tmp_path, mode=0o644))
    with pytest.raises(Wrong, match="open to others"):
        read_secret(link, OURS)
    shared = ValueContext(tmp_path, {}, shared_secret_files=True)
    assert read_secret(link, shared).get_secret_value() == "CANARY"


def test_a_secret_is_read_without_the_space_around_it(tmp_path: Path) -> None:
    """Editors and kubelet end files with a line break."""
    assert read_secret(secret(tmp_path), OURS).get_secret_value() == "CANARY"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b" \n", "is empty"),
        (b"\xffCANARY", "is not text"),
        (b"CANARY" * 11_000, "is larger than 64 KiB"),
    ],
)
def test_a_file_without_a_secret_is_refused(
    tmp_path: Path, content: bytes, found: str
) -> None:
    """And nothing of its content is told."""
    with pytest.raises(Wrong, match=found) as caught:
        read_secret(secret(tmp_path, content), OURS)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_s12_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A folder, a pipe nobody writes to, a path that leads nowhere, or is none."""
    if sys.platform == "win32":
        pytest.skip("not on this system")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("", "pipe", "nowhere", "x" * 300):
        with pytest.raises(Wrong):
            read_secret(tmp_path / name, OURS)


def test_a_missing_file_is_named_with_its_folder(tmp_path: Path) -> None:
    """So that nobody has to guess where relative paths begin."""
    (line,) = told(Held, {"key_file": "keys/fastpix.pem"}, folder=tmp_path)
    assert line == (
        f"key_file: there is no file {tmp_path}/keys/fastpix.pem; expected a file; "
        "a relative path starts at the folder of the configuration"
    )


@pytest.mark.parametrize("pasted", ["CANARY", "keys/CANARY", "a.b/CANARY", "C" * 60])
def test_what_may_be_a_key_is_not_shown_with_the_folder(
    tmp_path: Path, pasted: str
) -> None:
    """The folder is."""
    (line,) = told(Held, {"key_file": pasted}, folder=tmp_path)
    assert line.startswith(f"key_file: there is no such file in {tmp_path}; ")
    assert pasted.rpartition("/")[2] not in line


@pytest.mark.skipif(sys.platform == "win32", reason="not on this system")
def test_an_open_file_is_told_with_its_cure(tmp_path: Path) -> None:
    """A line for the shell."""
    path = secret(tmp_path, mode=0o644)
    (line,) = told(Held, {"key_file": "key"}, folder=tmp_path)
    assert line.endswith(f"expected mode 0600, or 0640 at most: chmod 600 {path}")


def test_a_key_in_the_place_of_a_path_is_not_told() -> None:
    """A mix-up must not end in a log."""
    for pasted in ("-----BEGIN PRIVATE KEY-----\nCANARY\n", "CANARY/" * 500, "CANARY"):
        (line,) = told(Held, {"key_file": pasted})
        assert "CANARY" not in line


def test_a_secret_in_the_place_of_a_variables_name_is_not_told() -> None:
    """The same mix-up with the environment."""
    assert told(Held, {"key_env": "canary-5ecret"}) == [
        "key_env: is not the name of a variable; expected a name such as STREAM_KEY"
    ]


def test_the_secret_comes_from_any_of_three_places(tmp_path: Path) -> None:
    """Whichever is used, the value is the same afterwards, and never printed."""
    around = ValueContext(secret(tmp_path).parent, {"KEY": "CANARY"})
    for way in ({"key": "CANARY"}, {"key_file": "key"}, {"key_env": "KEY"}):
        held = Held.model_validate(way, context=around)
        assert held.key == SecretStr("CANARY")
        assert "CANARY" not in repr(held)


def test_no_place_is_no_secret() -> None:
    """Whether one is needed is for the table to say."""
    assert Held().key is None


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (
            {"key": "CANARY", "key_env": "KEY"},
            (
                "key: is set more than once, by key, key_file or key_env; "
                "expected exactly one of them"
            ),
        ),
        ({"key": ""}, "key: is empty; expected a secret"),
        (
            {"key_env": "NONE"},
            "key_env: NONE is not set in the environment; expected it to hold a secret",
        ),
        (
            {"key_env": "EMPTY"},
            (
                "key_env: EMPTY is not set in the environment; "
                "expected it to hold a secret"
            ),
        ),
    ],
)
def test_a_secret_that_is_none_or_two_is_refused(
    table: dict[str, str], line: str
) -> None:
    """An empty variable is an oversight, not an empty secret."""
    assert told(Held, table, environ={"KEY": "CANARY", "EMPTY": ""}) == [line]
