"""The note that a refresh token was sent."""

from pathlib import Path

import pytest

from proxy.errors import SecretFileError
from proxy.secret_file import SecretFile
from proxy.tokens.logins.use_note import UseNote
from tests.tokens.files import mount, secret, swap


def test_a_note_belongs_to_one_content(tmp_path: Path) -> None:
    """If the content changed afterwards, the note says nothing about it."""
    note = UseNote(SecretFile(secret(tmp_path / "login", b"canary-1")))
    assert note.sent_at("canary-1") is None
    note.write("canary-1")
    assert "UTC" in (note.sent_at("canary-1") or "")
    assert note.sent_at("canary-2") is None
    note.clear()
    note.clear()
    assert note.sent_at("canary-1") is None
    assert [each.name for each in tmp_path.iterdir()] == ["login"]


def test_a_note_has_a_private_mode_and_holds_no_token(tmp_path: Path) -> None:
    """It stays beside the file as long as the problem lasts."""
    note = UseNote(SecretFile(secret(tmp_path / "login", b"canary-1")))
    note.write("canary-1")
    assert note.path == tmp_path / ".login.sent"
    assert note.path.stat().st_mode & 0o777 == 0o600
    assert "canary" not in note.path.read_text()


def test_a_note_is_beside_the_file_behind_its_links(tmp_path: Path) -> None:
    """The next token is written there too."""
    folder = mount(tmp_path, {"login": b"one"})
    note = UseNote(SecretFile(folder / "login"))
    note.write("one")
    assert (folder / "..data" / ".login.sent").exists()
    swap(tmp_path, {"login": b"two"})
    assert note.sent_at("two") is None


def test_without_write_access_there_is_no_note(tmp_path: Path) -> None:
    """The sender of the token is told."""
    note = UseNote(SecretFile(tmp_path / "gone" / "login"))
    with pytest.raises(SecretFileError, match="cannot be written"):
        note.write("one")
    note.clear()
    assert note.sent_at("one") is None
