"""Writes and reads one file in the format of `record`. Everything here blocks.

A file is written once, under a temporary name, made durable and then renamed. So under
its own name it is complete, or it does not exist.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from proxy import system
from proxy.store.content import SMALL_BYTES, Content, OpenFile
from proxy.store.record import (
    PREFIX_BYTES,
    Digest,
    Header,
    Label,
    decode,
    encode,
    header_size,
)

BLOCK_BYTES = 4096
"""File systems give out space in blocks of this size, or smaller ones."""
PIECE_BYTES = 256 * 1024

# Windows refuses to replace a file that somebody has open, usually for a moment.
_TRIES, _PAUSE_SECONDS = 5, 0.02

Mark = tuple[int, int, int]
"""Changes with the file: its length, its time of change, its number."""


class Body(Protocol):
    """What is written to a file. It is complete and does not change."""

    @property
    def size(self) -> int:
        """Its length in bytes."""
        ...

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`."""
        ...


@dataclass(frozen=True, slots=True)
class Calls:
    """The system calls that may fail, so that tests can let them fail."""

    write: Callable[[int, memoryview], int] = os.write
    sync: Callable[[int], None] = os.fsync
    replace: Callable[[Path, Path], None] = os.replace
    remove: Callable[[Path], None] = os.unlink


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is whole."""

    label: Label
    digest: bytes
    content: Content
    cost: int
    """What it takes on the disk, in bytes."""
    mark: Mark


def open_file(path: Path, known: Mark | None = None) -> Opened | None:
    """Return a file that is whole; None if there is none.

    The body of a file with the `known` mark was checked before, and is not read again.
    Raises ValueError if the file is damaged, else OSError.
    """
    try:
        opened = OpenFile(os.open(path, system.secret_flags()))
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
    return Opened(header.label, header.digest, content, cost, _mark(facts))


def write_file(path: Path, label: Label, body: Body, calls: Calls) -> Mark | None:
    """Write a file durably, unless it is there already; return its mark.

    Returns None if the older file cannot be replaced, because it is open (Windows). A
    body is read twice: first for its digest, which is part of the header. Raises
    OSError.
    """
    digest = _digest(body)
    with contextlib.suppress(OSError, ValueError):
        there = open_file(path)
        if there and (there.label, there.digest) == (label, digest):
            return there.mark
    header = encode(label, body.size, digest)
    temporary = path.with_name(f"{path.name}.{token_hex(8)}.part")
    try:
        facts = _write_and_move(temporary, path, chain([header], _pieces(body)), calls)
    finally:
        with contextlib.suppress(OSError):  # usually it has its name by now
            calls.remove(temporary)
    return None if facts is None else _mark(facts)


def cost_of_file(label: Label, body: Body) -> int:
    """Return what a file will take; raise ValueError if its header is too long."""
    return cost_of(len(encode(label, body.size, Digest().value())) + body.size)


def cost_of(size: int) -> int:
    """Return what a file of this length takes on a disk."""
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES


def _write_and_move(
    temporary: Path, path: Path, pieces: Iterable[bytes], calls: Calls
) -> os.stat_result | None:
    opened = OpenFile(os.open(temporary, system.new_file_flags(), 0o600))
    # Other processes see that the file is being written, until it is closed.
    system.try_lock(opened.descriptor)
    for piece in pieces:
        _write_all(opened.descriptor, piece, calls)
    calls.sync(opened.descriptor)
    facts = os.fstat(opened.descriptor)
    try:
        calls.replace(temporary, path)
    except PermissionError:
        del opened  # Windows moves no file that is open
        if not _move_closed(temporary, path, calls):
            return None
    # Some file systems cannot do it. Then a power loss may cost the file.
    with contextlib.suppress(OSError):
        system.sync_folder(path.parent)
    return facts


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


def _digest(body: Body) -> bytes:
    digest = Digest()
    for piece in _pieces(body):
        digest.add(piece)
    return digest.value()


def _pieces(body: Body) -> Iterator[bytes]:
    for start in range(0, body.size, PIECE_BYTES):
        yield body.read(start, start + PIECE_BYTES)


def _read_header(opened: OpenFile) -> Header:
    prefix = system.read_at(opened.descriptor, PREFIX_BYTES, 0)
    size = header_size(prefix)
    return decode(prefix, system.read_at(opened.descriptor, size, PREFIX_BYTES))


def _mark(facts: os.stat_result) -> Mark:
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
