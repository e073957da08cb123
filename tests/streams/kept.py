"""Kept resources that show a test who uses them."""

import os
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

from proxy.store.port import Head


class Held:
    """A kept resource that counts its users and records what was read.

    With a folder it is in a file there, after a header as on a disk. Without one it is
    in memory.
    """

    def __init__(self, body: bytes, folder: Path | None = None) -> None:
        self.head = Head()
        self.size = len(body)
        self.users = 0
        self.reads: list[tuple[int, int]] = []
        self.body = body if folder is None else None
        self.file: tuple[int, int] | None = None
        self._body = body
        if folder is not None:
            self._path = folder / "kept"
            self._path.write_bytes(b"header" + body)
            descriptor = os.open(self._path, os.O_RDONLY)
            weakref.finalize(self, os.close, descriptor)
            self.file = descriptor, len(b"header")

    def cut(self, size: int) -> None:
        """Remove everything after this many bytes."""
        self._body = self._body[:size]
        os.truncate(self._path, size + len(b"header"))

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes, if they are in use."""
        assert self.users
        self.reads.append((start, end))
        return self._body[start:end]

    def __enter__(self) -> Self:
        self.users += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.users -= 1
