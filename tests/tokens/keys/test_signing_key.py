"""A signing key that may be rotated."""

from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.keys.signing_key import SigningKey
from tests.tokens.files import key_pem, mount, swap

OLD, NEW = key_pem("old"), key_pem("new")


def signed_by(key: SigningKey, pem: bytes) -> bool:
    """Return whether a key signs like the one in the PEM."""
    public = load_pem_private_key(pem, password=None).public_key()
    verifier = jwt.get_algorithm_by_name("ES256")
    return verifier.verify(b"message", public, key.sign(b"message"))


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """Return a key and its id from mounted files."""
    folder = mount(tmp_path, {"key": OLD, "kid": b"old\n"})
    return SigningKey(
        algorithm="ES256",
        key=SecretFile(folder / "key"),
        key_id=SecretFile(folder / "kid"),
    )


def test_a_new_key_and_its_id_replace_the_old_ones_together(
    key: SigningKey, tmp_path: Path
) -> None:
    """But only when the key is asked to look."""
    before = key.fingerprint()
    swap(tmp_path, {"key": NEW, "kid": b"new"})
    assert key.fingerprint() != before
    assert (key.key_id, signed_by(key, OLD)) == ("old", True)
    key.renew()
    assert (key.key_id, signed_by(key, NEW)) == ("new", True)


def test_r11_an_unusable_key_is_reported_once(key: SigningKey, tmp_path: Path) -> None:
    """The last valid one stays, and the next valid one replaces it."""
    swap(tmp_path, {"key": b"corrupt", "kid": b"new"})
    with pytest.raises(SourceError, match="is not a PEM") as caught:
        key.renew()
    assert caught.value.recoverable
    key.renew()
    assert (key.key_id, signed_by(key, OLD)) == ("old", True)
    swap(tmp_path, {"key": NEW, "kid": b"new"})
    key.renew()
    assert (key.key_id, signed_by(key, NEW)) == ("new", True)


def test_half_a_rotation_changes_nothing(key: SigningKey, tmp_path: Path) -> None:
    """A valid key without its id is not used."""
    swap(tmp_path, {"key": NEW})
    with pytest.raises(SourceError, match="kid"):
        key.renew()
    assert (key.key_id, signed_by(key, OLD)) == ("old", True)


def test_a_key_that_is_replaced_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """Otherwise the id of the old one could go with the new one."""
    folder = mount(tmp_path, {"key": OLD, "kid": b"old"})
    reads: list[SecretFile] = []

    class Raced(SecretFile):
        """Swapped for the third time right after its fourth reading."""

        def read(self) -> bytes:
            content = super().read()
            reads.append(self)
            if len(reads) == 4:
                swap(tmp_path, {"key": OLD, "kid": b"third"})
            return content

    key = SigningKey(
        algorithm="ES256",
        key=Raced(folder / "key"),
        key_id=SecretFile(folder / "kid"),
    )
    swap(tmp_path, {"key": NEW, "kid": b"second"})
    with pytest.raises(SourceError, match="while it was read"):
        key.renew()
    assert (key.key_id, signed_by(key, OLD)) == ("old", True)
    key.renew()
    assert (key.key_id, signed_by(key, OLD)) == ("third", True)


def test_without_a_valid_key_the_program_does_not_start(tmp_path: Path) -> None:
    """It cannot be read."""
    folder = mount(tmp_path, {"key": b"corrupt"})
    with pytest.raises(StartError, match="is not a PEM"):
        SigningKey(algorithm="ES256", key=SecretFile(folder / "key"), key_id="one")


def test_a_key_that_is_not_a_file_never_changes() -> None:
    """There is no file to check."""
    key = SigningKey(algorithm="HS256", key=b"canary" * 6, key_id="one")
    before = key.fingerprint()
    key.renew()
    assert (key.fingerprint(), key.key_id) == (before, "one")
