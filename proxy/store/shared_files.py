"""Resources in files that all worker processes of this machine can read.

The files are in memory (tmpfs). Each process has a folder for the resources that it has
fetched, and looks into the folders of the others for those that it does not have. A
file appears in a folder when it is complete, and never changes after that. It stays
readable while a process has it open, also after it was removed.

The body comes first in a file, as in files without a name. A label follows, which says
which resource it is, and then the length of the label. There is no digest, because the
files do not outlive the processes.
"""

import contextlib
import json
import os
import struct
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from proxy.store.content import SMALL_BYTES, Content, OpenFile
from proxy.store.file_labels import key_and_head, label_of
from proxy.store.key import Key
from proxy.store.port import Head
from proxy.store.record import file_name
from proxy.system import files

LABEL_BYTES = 4096
"""The longest label, with its length. A resource with a longer one is not shared."""

_END = struct.Struct(">8sI")
_MAGIC = b"hlsshare"


class SharedName:
    """The name of a file of ours. It is removed when nothing refers to this object."""

    __slots__ = ("_node", "_path")

    def __init__(self, path: Path, node: int) -> None:
        """`node` is the inode number of the file."""
        self._path = path
        self._node = node

    def change(self, path: Path) -> None:
        """Give the file another name, which may be in use; may raise OSError."""
        self._path.replace(path)
        self._path = path

    def remove(self) -> None:
        """Remove the name, unless another file has it now."""
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._node:
                self._path.unlink()

    def __del__(self) -> None:
        self.remove()


class SharedFile(OpenFile):
    """An open file of ours, with its name."""

    __slots__ = ("name",)

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor)
        self.name = SharedName(path, os.fstat(descriptor).st_ino)


class SharedTurn:
    """The turn to fetch a resource. It ends with its process, too."""

    __slots__ = ("_lock", "_path")

    def __init__(self, lock: OpenFile | None = None, path: Path | None = None) -> None:
        self._lock = lock
        self._path = path

    def end(self) -> None:
        """Let other workers go on."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._lock = self._path = None

    def __del__(self) -> None:
        self.end()


class SharedFiles:
    """The files of all workers, as one of them sees them."""

    def __init__(
        self,
        own: Path,
        others: Sequence[Path],
        *,
        turns: Path | None = None,
        generation_of: Callable[[str], int] = lambda _: 0,
    ) -> None:
        """`generation_of` returns which configuration the stream of a key has.

        Workers do not share a resource while they have different ones. `turns` is the
        folder of the turns; without it, nobody waits for another worker.
        """
        self._turns = turns
        self._own = own
        self._others = tuple(others)
        self._generation_of = generation_of
        self._numbers = count(1)

    def publish(self, key: Key, head: Head, content: Content) -> SharedName | None:
        """Let others find a complete resource; return its name, or None if impossible.

        They find it until nothing refers to the returned name. An older resource under
        this key is not found any more. Many bytes move to the file; few are copied.
        """
        label = json.dumps(label_of(key, head)).encode()
        end = label + _END.pack(_MAGIC, len(label))
        if len(end) > LABEL_BYTES:
            return None
        try:
            file, name = self._create(), self._name(key)
            if content.size > SMALL_BYTES:
                content.move(file)
            else:
                data = content.read(0, content.size)
                files.write_at(file.descriptor, data, 0)
            files.write_at(file.descriptor, end, content.size)
            self._remove(name, self._others)
            file.name.change(self._own / name)
        except OSError:  # there is no room, or the parent has removed the folder
            return None
        return file.name

    def find(self, key: Key) -> tuple[Head, Content] | None:
        """Return a resource that another worker keeps; None if there is none."""
        name = self._name(key)
        for folder in self._others:
            try:
                opened = OpenFile(os.open(folder / name, files.secret_flags()))
            except OSError:
                continue
            with contextlib.suppress(OSError, ValueError, struct.error):
                found, head, content = _read(opened)
                if found == key:
                    return head, content
        return None

    def take_turn(self, key: Key) -> SharedTurn | None:
        """Return the turn to fetch a resource; None if another worker has it.

        If two workers take the turn just when a third one ends it, both may have it.
        """
        if self._turns is None:
            return SharedTurn()
        path = self._turns / self._name(key)
        try:
            lock = OpenFile(os.open(path, files.lock_file_flags(), 0o600))
        except OSError:  # there is no room, or the parent has removed the folder
            return SharedTurn()
        return SharedTurn(lock, path) if files.try_lock(lock.descriptor) else None

    def remove(self, key: Key) -> None:
        """Let nobody find a resource any more."""
        self._remove(self._name(key), (self._own, *self._others))

    def _create(self) -> SharedFile:
        """Return an empty file that nobody looks for yet; may raise OSError."""
        path = self._own / f"{next(self._numbers)}.part"
        return SharedFile(os.open(path, files.shared_file_flags(), 0o600), path)

    def _name(self, key: Key) -> str:
        return file_name("shared", self._generation_of(key.stream), *key)

    def _remove(self, name: str, folders: Sequence[Path]) -> None:
        for folder in folders:
            with contextlib.suppress(OSError):
                (folder / name).unlink()


def _read(opened: OpenFile) -> tuple[Key, Head, Content]:
    size = os.fstat(opened.descriptor).st_size
    start = max(size - LABEL_BYTES, 0)
    end = files.read_at(opened.descriptor, size - start, start)
    magic, length = _END.unpack(end[-_END.size :])
    if magic != _MAGIC or length + _END.size > len(end):
        raise ValueError("the file has another format")
    at = len(end) - _END.size - length
    key, head = key_and_head(json.loads(end[at : at + length]))
    content = Content(opened, size=start + at)
    if content.size <= SMALL_BYTES:
        content = Content.of(content.read(0, content.size))
    return key, head, content
