"""The format of a file on a disk: a header that describes the body, then the body.

The header contains a label (which resource or document the body is), the size of the
body and its BLAKE2b digest. The prefix before it contains the digest of the header. So
damage anywhere in the file is detected: a partial write, missing, extra or changed
bytes.
"""

import json
import struct
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

PREFIX_BYTES = 28
MOST_HEADER_BYTES = 256 * 1024
"""More than the header fields and URLs of an HTTP answer can need."""

_MAGIC = b"hlsproxy"
_PREFIX = struct.Struct(">8sI16s")
_DIGEST_BYTES = 16

Label = dict[str, Any]
"""Says what a body is. It can be written as JSON."""


@dataclass(frozen=True, slots=True)
class RecordHeader:
    """What a file says about its body."""

    label: Label
    size: int
    digest: bytes
    offset: int
    """Where the body begins in the file."""


class Digest:
    """Computes the digest of a body, piece by piece."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=_DIGEST_BYTES)

    def add(self, piece: bytes) -> None:
        """Add the next piece. Other threads can run meanwhile."""
        self._hash.update(piece)

    def value(self) -> bytes:
        """Return the digest of all pieces."""
        return self._hash.digest()


def file_name(*parts: object) -> str:
    """Return the file name for a key with these parts."""
    told = json.dumps(parts).encode()
    return blake2b(told, digest_size=20).hexdigest()


def encode(label: Label, size: int, digest: bytes) -> bytes:
    """Return all bytes before the body; raise ValueError if there are too many."""
    told = {"label": label, "size": size, "digest": digest.hex()}
    header = json.dumps(told, separators=(",", ":"), allow_nan=False).encode()
    if len(header) > MOST_HEADER_BYTES:
        raise ValueError("a header is too long to be written")
    return _PREFIX.pack(_MAGIC, len(header), _digest(header)) + header


def header_size(prefix: bytes) -> int:
    """Return the length of the header from the prefix; raise ValueError if damaged."""
    magic, size, _ = _unpack(prefix)
    if magic != _MAGIC or size > MOST_HEADER_BYTES:
        raise ValueError("the file has another format")
    return size


def decode(prefix: bytes, header: bytes) -> RecordHeader:
    """Return the parsed header; raise ValueError if it is damaged."""
    if len(header) != header_size(prefix) or _digest(header) != _unpack(prefix)[2]:
        raise ValueError("the header is damaged")
    told = json.loads(header)
    digest, offset = bytes.fromhex(told["digest"]), PREFIX_BYTES + len(header)
    return RecordHeader(told["label"], told["size"], digest, offset)


def _unpack(prefix: bytes) -> tuple[bytes, int, bytes]:
    if len(prefix) != PREFIX_BYTES:
        raise ValueError("the file is too short")
    magic, size, digest = _PREFIX.unpack(prefix)
    return magic, size, digest


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST_BYTES).digest()
