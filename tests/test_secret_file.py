"""Files that hold a secret."""

import os
import sys
from pathlib import Path

import pytest

from proxy.errors import StartError
from proxy.secret_file import MOST_BYTES, SecretFile
from proxy.system.processes import user_id
from tests.tokens.files import mount, secret, swap

CONTENT = b"canary"


def test_a_new_content_is_private(tmp_path: Path) -> None:
    """It is written at once, and nothing else is left in the folder."""
    path = secret(tmp_path / "key", CONTENT, mode=0o640)
    SecretFile(path).write("new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_links_stay_and_their_target_is_replaced(tmp_path: Path) -> None:
    """The links themselves are not changed."""
    folder = mount(tmp_path, {"key": CONTENT})
    SecretFile(folder / "key").write("new")
    assert (folder / "key").is_symlink()
    assert (folder / "..data" / "key").read_text() == "new"


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The error shows nothing of the content."""
    with pytest.raises(StartError, match="gone/key cannot be written") as caught:
        SecretFile(tmp_path / "gone" / "key").write("canary")
    assert "canary" not in str(caught.value)
    (tmp_path / "key").mkdir()
    with pytest.raises(StartError, match="cannot be written"):
        SecretFile(tmp_path / "key").write("canary")
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_file_is_replaced_even_if_folders_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows opens no folders."""
    monkeypatch.delattr(os, "O_DIRECTORY")
    path = secret(tmp_path / "key", CONTENT)
    SecretFile(path).write("new")
    assert path.read_text() == "new"


def test_leftovers_of_a_killed_program_are_overwritten(tmp_path: Path) -> None:
    """Even a link to somewhere else, whose target is not touched."""
    path, other = secret(tmp_path / "key", CONTENT), secret(tmp_path / "other", b"x")
    SecretFile(path).next_path.symlink_to(other)
    SecretFile(path).write("new")
    assert (path.read_text(), other.read_text()) == ("new", "x")
    assert not SecretFile(path).next_path.exists()


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640, 0o700])
def test_our_own_file_is_read(tmp_path: Path, mode: int) -> None:
    """It may be readable by the group: Kubernetes mounts it so."""
    path = secret(tmp_path / "key", CONTENT, mode=mode)
    assert SecretFile(path).read() == CONTENT


@pytest.mark.parametrize(
    ("mode", "complaint"),
    [
        (0o644, r"key is open to others \(mode 0644\); expected mode 0600"),
        (0o604, "open to others"),
        (0o602, "open to others"),
        (0o601, "open to others"),
        (0o620, "writable by its group"),
        (0o660, r"key is writable by its group \(mode 0660\); expected mode 0600"),
    ],
)
def test_a_file_that_others_may_use_is_refused(
    tmp_path: Path, mode: int, complaint: str
) -> None:
    """Unless the user says that it is shared on purpose."""
    path = secret(tmp_path / "key", CONTENT, mode=mode)
    with pytest.raises(StartError, match=complaint) as caught:
        SecretFile(path).read()
    assert "canary" not in str(caught.value)
    assert SecretFile(path, shared=True).read() == CONTENT


def test_the_mode_of_the_links_target_counts(tmp_path: Path) -> None:
    """A link itself is open to everybody."""
    folder = mount(tmp_path, {"key": CONTENT})
    assert SecretFile(folder / "key").read() == CONTENT
    (folder / "..data" / "key").chmod(0o644)
    with pytest.raises(StartError, match="open to others"):
        SecretFile(folder / "key").read()


@pytest.mark.skipif(user_id() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """Its owner could change it."""
    if sys.platform == "win32":
        pytest.skip("not on this system")
    path = secret(tmp_path / "key", CONTENT)
    os.chown(path, 65532, -1)
    with pytest.raises(StartError, match="another user"):
        SecretFile(path).read()


@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_only_a_regular_file_is_read(tmp_path: Path, kind: str) -> None:
    """A pipe without a writer does not block."""
    if sys.platform == "win32":
        pytest.skip("not on this system")
    path = Path("/dev/zero") if kind == "device" else tmp_path / "key"
    if kind == "folder":
        path.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(StartError, match="not a regular file"):
        SecretFile(path).read()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(StartError, match="key cannot be read: No such file"):
        SecretFile(tmp_path / "key").read()


def test_the_size_is_limited(tmp_path: Path) -> None:
    """To 64 KiB."""
    path = secret(tmp_path / "key", b"x" * MOST_BYTES)
    assert len(SecretFile(path).read()) == MOST_BYTES
    secret(path, b"x" * (MOST_BYTES + 1))
    with pytest.raises(StartError, match="larger than 64 KiB"):
        SecretFile(path).read()


def test_a_text_is_stripped_and_never_empty(tmp_path: Path) -> None:
    """White space alone is not a secret."""
    path = secret(tmp_path / "token", b"\n canary \n")
    assert SecretFile(path).text() == "canary"
    secret(path, b" \n")
    with pytest.raises(StartError, match="is empty"):
        SecretFile(path).text()


def test_the_fingerprint_changes_with_everything_that_matters(tmp_path: Path) -> None:
    """Content, target, mode, and whether the file exists."""
    folder = mount(tmp_path, {"key": CONTENT})
    file = SecretFile(folder / "key")
    seen = {file.fingerprint(), file.fingerprint()}
    assert len(seen) == 1
    swap(tmp_path, {"key": CONTENT})
    seen.add(file.fingerprint())
    (folder / "..data" / "key").chmod(0o600)
    seen.add(file.fingerprint())
    (folder / "..data" / "key").write_bytes(b"canbry")
    seen.add(file.fingerprint())
    (folder / "..data" / "key").unlink()
    seen.add(file.fingerprint())
    assert len(seen) == 5
