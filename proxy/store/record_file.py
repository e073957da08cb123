"""Writes and reads one file in the format of `record`. Everything here blocks.

A file is written under a temporary name, synced to the disk and then renamed. So under
its final name it is either complete or does not exist.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from itertools import chain
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from proxy.store.content import SMALL_BYTES, Content, OpenFile
from proxy.store.record import (
    PREFIX_BYTES,
    Digest,
    Label,
    RecordHeader,
    decode,
    encode,
    header_size,
)
from proxy.system import files

BLOCK_BYTES = 4096
"""File systems allocate space in blocks of this size or smaller."""
PIECE_BYTES = 256 * 1024

# Windows refuses to replace an open file. Usually it is closed a moment later.
_TRIES, _PAUSE_SECONDS = 5, 0.02

Mark = tuple[int, int, int]
"""Changes when the file changes: its length, modification time and inode number."""


class RecordBody(Protocol):
    """The bytes to write to a file. They are complete and do not change."""

    @property
    def size(self) -> int:
        """Its length in bytes."""
        ...

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`."""
        ...


@dataclass(frozen=True, slots=True)
class Calls:
    """The system calls that may fail. Tests replace them to simulate failures."""

    write: Callable[[int, memoryview], int] = os.write
    sync: Callable[[int], None] = os.fsync
    replace: Callable[[Path, Path], None] = os.replace
    remove: Callable[[Path], None] = os.unlink


@dataclass(frozen=True, slots=True)
class Opened:
    """An open file that is complete and undamaged."""

    label: Label
    digest: bytes
    _: KW_ONLY
    content: Content
    cost: int
    """The space that it takes on the disk, in bytes."""
    mark: Mark


def open_file(path: Path, known: Mark | None = None) -> Opened | None:
    """Open a file and check it; return None if it does not exist.

    If the file has the `known` mark, its body was checked before and is not checked
    again. Raises ValueError if the file is damaged, and OSError if it cannot be read.
    """
    try:
        opened = OpenFile(os.open(path, files.secret_flags()))
    except FileNotFoundError:
        return None
    facts = os.fstat(opened.descriptor)
    header = _read_header(opened)
    if facts.st_size != header.offset + header.size:
        raise ValueError("the file has the wrong length")
    content = Content(opened, offset=header.offset, size=header.size)
    if _mark(facts) != known and _digest(content) != header.digest:
        raise ValueError("the body is damaged")
    if content.size <= SMALL_BYTES:
        content = Content.of(content.read(0, content.size))
    cost = cost_of(facts.st_size)
    return Opened(
        header.label, header.digest, content=content, cost=cost, mark=_mark(facts)
    )


def write_file(path: Path, label: Label, body: RecordBody, calls: Calls) -> Mark | None:
    """Write a file durably, unless the same file exists already; return its mark.

    Returns None if an older file is open and cannot be replaced (Windows). The body is
    read twice: first for its digest, which is part of the header. May raise OSError.
    """
    digest = _digest(body)
    with contextlib.suppress(OSError, ValueError):
        there = open_file(path)
        if there and (there.label, there.digest) == (label, digest):
            return there.mark
    header = encode(label, body.size, digest)
    facts = _write_and_move(path, chain([header], _pieces(body)), calls)
    return None if facts is None else _mark(facts)


def cost_of_file(label: Label, body: RecordBody) -> int:
    """Return the space for a new file; raise ValueError if its header is too long."""
    return cost_of(len(encode(label, body.size, Digest().value())) + body.size)


def cost_of(size: int) -> int:
    """Return the space on the disk for a file of this length, in bytes."""
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES


def _write_and_move(
    path: Path, pieces: Iterable[bytes], calls: Calls
) -> os.stat_result | None:
    temporary, opened = _new_file(path)
    try:
        for piece in pieces:
            _write_all(opened.descriptor, piece, calls)
        calls.sync(opened.descriptor)
        facts = os.fstat(opened.descriptor)
        try:
            calls.replace(temporary, path)
        except PermissionError:
            del opened  # Windows cannot rename an open file
            if not _move_closed(temporary, path, calls):
                return None
    finally:
        with contextlib.suppress(OSError):  # usually it is already renamed
            calls.remove(temporary)
    # Some file systems cannot sync a folder. Then a power loss may lose the file.
    with contextlib.suppress(OSError):
        files.sync_folder(path.parent)
    return facts


def _new_file(path: Path) -> tuple[Path, OpenFile]:
    """Create a temporary file beside `path`, and return it with its path.

    Until it is closed, its lock shows other processes that it is being written. Before
    it has the lock, another process may remove it as left over. Then use another one.
    """
    for _ in range(_TRIES):
        temporary = path.with_name(f"{path.name}.{token_hex(8)}.part")
        opened = OpenFile(os.open(temporary, files.new_file_flags(), 0o600))
        if files.try_lock(opened.descriptor) and temporary.exists():
            return temporary, opened
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def _move_closed(temporary: Path, path: Path, calls: Calls) -> bool:
    for _ in range(_TRIES):
        time.sleep(_PAUSE_SECONDS)
        try:
            calls.replace(temporary, path)
        except PermissionError:
            continue
        return True
    return False


def _write_all(descriptor: int, data: bytes, calls: Calls) -> None:
    rest = memoryview(data)
    while rest:
        written = calls.write(descriptor, rest)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def _digest(body: RecordBody) -> bytes:
    digest = Digest()
    for piece in _pieces(body):
        digest.add(piece)
    return digest.value()


def _pieces(body: RecordBody) -> Iterator[bytes]:
    for start in range(0, body.size, PIECE_BYTES):
        yield body.read(start, start + PIECE_BYTES)


def _read_header(opened: OpenFile) -> RecordHeader:
    prefix = files.read_at(opened.descriptor, PREFIX_BYTES, 0)
    size = header_size(prefix)
    return decode(prefix, files.read_at(opened.descriptor, size, PREFIX_BYTES))


def _mark(facts: os.stat_result) -> Mark:
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
