"""Secrets in files, mounted and swapped as in Kubernetes."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)


def secret(path: Path, content: bytes, *, mode: int = 0o600) -> Path:
    """Write a file that only we may read."""
    path.write_bytes(content)
    path.chmod(mode)
    return path


def changed(path: Path, at: float) -> None:
    """Set the modification time of the file, in epoch seconds."""
    os.utime(path, (at, at))


def mount(root: Path, files: Mapping[str, bytes]) -> Path:
    """Make a folder of links through `..data`; return it."""
    folder = root / "secret"
    folder.mkdir()
    swap(root, files)
    for name in files:
        (folder / name).symlink_to(f"..data/{name}")
    return folder


def swap(root: Path, files: Mapping[str, bytes]) -> None:
    """Replace the files behind the links, all at once."""
    folder = root / "secret"
    version = folder / f"..{len(list(folder.iterdir()))}"
    version.mkdir()
    for name, content in files.items():
        secret(version / name, content, mode=0o400)
    (folder / "..data_tmp").symlink_to(version.name)
    (folder / "..data_tmp").replace(folder / "..data")


def key_pem(name: str) -> bytes:
    """Return a P-256 key, always the same for a name; never use it elsewhere."""
    digest = hashlib.sha256(name.encode()).digest()
    return pem(ec.derive_private_key(int.from_bytes(digest[:16]), ec.SECP256R1()))


def pem(key: PrivateKeyTypes, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    """Return a private key as in a file."""
    return key.private_bytes(Encoding.PEM, form, NoEncryption())
