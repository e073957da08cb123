"""The secret for requesting tokens."""

from pathlib import Path

import pytest

from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.sources.credential import Credential
from tests.tokens.files import secret


def test_a_fixed_secret_never_changes() -> None:
    """It is not printed."""
    credential = Credential("canary")
    assert credential.read() == "canary"
    assert credential.fingerprint() == credential.fingerprint()
    assert "canary" not in repr(credential)


def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    """A change is noticed."""
    path = secret(tmp_path / "secret", b"one\n")
    credential = Credential(SecretFile(path))
    before = credential.fingerprint()
    assert credential.read() == "one"
    secret(path, b"two\n")
    assert credential.read() == "two"
    assert credential.fingerprint() != before


def test_an_unusable_file_is_a_permanent_error(tmp_path: Path) -> None:
    """Until it changes."""
    with pytest.raises(SourceError, match="No such file") as caught:
        Credential(SecretFile(tmp_path / "secret")).read()
    assert not caught.value.recoverable
