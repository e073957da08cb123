"""The refresh token in its file: ours is written, that of others counts."""

from pathlib import Path

import pytest

from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.logins.stored_token import StoredToken
from tests.tokens.files import secret


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with the first refresh token."""
    folder = tmp_path / "folder"
    folder.mkdir()
    return secret(folder / "login", b"one\n")


def stored(path: Path) -> StoredToken:
    """Return the refresh token in a file."""
    return StoredToken(SecretFile(path), rotates=True)


def left(path: Path) -> list[str]:
    """Return what stands in the folder of a file."""
    return [each.name for each in path.parent.iterdir()]


def test_l13_a_new_one_is_stored_with_a_private_mode(path: Path) -> None:
    """It replaces the old one; nothing else is left in the folder."""
    login = stored(path)
    assert login.read() == "one"
    login.store("two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert left(path) == ["login"]
    assert stored(path).read() == "two"


def test_l13_without_a_file_the_newest_is_remembered() -> None:
    """As long as the program runs."""
    login = StoredToken("one", rotates=True)
    login.store("two")
    assert login.read() == "two"
    assert login.fingerprint() == b""


def test_a_file_written_by_others_counts(path: Path) -> None:
    """Somebody logged in again, even if the content is as before."""
    login = stored(path)
    login.read()
    login.store("two")
    for content in ("three", "one"):
        secret(path, content.encode())
        assert login.read() == content


def test_a_file_replaced_meanwhile_is_not_overwritten(path: Path) -> None:
    """The one in the file is newer than that from our request."""
    login = stored(path)
    login.read()
    secret(path, b"theirs")
    login.store("ours")
    assert path.read_text() == "theirs"
    assert login.read() == "theirs"


def test_only_writes_of_others_are_changes(path: Path) -> None:
    """Otherwise each refresh would cause the next."""
    login = stored(path)
    before = login.fingerprint()
    login.read()
    for renewed in ("two", "three"):
        login.store(renewed)
        assert login.fingerprint() == before
    secret(path, b"theirs")
    assert login.fingerprint() != before


def test_the_file_behind_a_link_is_replaced(path: Path) -> None:
    """The link stays."""
    link = path.parent / "link"
    link.symlink_to("login")
    login = stored(link)
    login.read()
    login.store("two")
    assert link.is_symlink()
    assert path.read_text() == "two"


def test_one_that_cannot_be_stored_is_used_and_reported_once(
    path: Path, tmp_path: Path
) -> None:
    """The operator must know that a restart would lose the login."""
    login = stored(path)
    login.read()
    path.unlink()
    path.parent.rmdir()
    with pytest.raises(SourceError, match="not stored"):
        login.store("canary-2")
    login.store("canary-3")
    assert login.read() == "canary-3"
    path.parent.mkdir()
    secret(path, b"theirs")
    assert login.read() == "theirs"
    login.store("four")
    assert path.read_text() == "four"
    assert list(tmp_path.iterdir()) == [path.parent]


def test_a_missing_file_is_a_permanent_error(tmp_path: Path) -> None:
    """There is no token to start with."""
    with pytest.raises(SourceError) as caught:
        stored(tmp_path / "login").read()
    assert not caught.value.recoverable
