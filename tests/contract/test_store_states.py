"""Whatever happens to a store, it returns what was committed, or nothing.

Rules are drawn in any order: writing, reading, using, removing, restarts, crashes that
tear files, a full disk, a system that removes no file that is open.
"""

import asyncio
import contextlib
import gc
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from proxy.store.disk import DiskStore
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.store.memory import MemoryStore, MemoryWriting
from proxy.store.port import Head
from proxy.store.record_file import cost_of
from proxy.store.store import TieredStore
from proxy.store.troubles import PAUSE_SECONDS
from tests.store.descriptors import descriptors
from tests.store.faults import Disk, IdleClock

T = TypeVar("T")
KB = 1024
MEMORY_BYTES, DISK_BYTES, MOST_FILES = 900 * KB, 1024 * KB, 4

KEYS = st.builds(
    lambda stream, number: Key(stream, f"{number}.ts", "https://a/", "run", number),
    st.sampled_from(["lobby", "yard"]),
    st.integers(1, 4),
)
SIZES = st.sampled_from([0, 10, 5_000, 140_000, 300_000])
NAMES = st.sampled_from(["lobby", "yard"])


@dataclass
class Fill:
    """A writing, and what was written to it."""

    key: Key
    writing: MemoryWriting
    data: bytes
    whole: bytes


class StoreStates(RuleBasedStateMachine):
    """A store with a disk, and what it may return."""

    @initialize()
    def begin_empty(self) -> None:
        """Start with an empty folder."""
        gc.collect()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="store-states-"))
        self.disk, self.clock = Disk(), IdleClock()
        self.now: dict[Key, bytes] = {}
        self.older: dict[Key, set[bytes]] = {}
        """What a crash may bring back: versions that were complete once."""
        self.history: dict[Key, set[bytes]] = {}
        self.documents: dict[str, bytes] = {}
        self.fills: list[Fill] = []
        self.players: list[tuple[MemoryKept, bytes, contextlib.ExitStack]] = []
        self.versions = 0
        self.before = descriptors()
        self.open()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the loop."""
        return self.loop.run_until_complete(work)

    def open(self) -> None:
        """Start a store on the folder."""
        self.behind = DiskStore(
            self.folder / "store",
            DISK_BYTES,
            most_waiting_bytes=400 * KB,
            clock=self.clock,
            report=lambda _: None,
            calls=self.disk.calls,
        )
        memory = MemoryStore(
            MEMORY_BYTES, largest_bytes=400 * KB, most_files=MOST_FILES
        )
        self.store = TieredStore(memory, self.behind)

        async def start() -> None:
            self.store.start()
            await self.behind.checked()

        self.run(start())

    def body(self, size: int) -> bytes:
        """Return bytes that no other resource has."""
        self.versions += 1
        return b"%d." % self.versions * size

    def check(self, key: Key, kept: MemoryKept | None) -> None:
        """Let a find return what was committed, or nothing."""
        if kept is not None:
            got = kept.read(0, kept.size)
            assert got == self.now.get(key) or got in self.older.get(key, set())
            assert kept.head == Head(born_at=float(len(got)))

    @rule(key=KEYS, size=SIZES, lasting=st.booleans(), known=st.booleans())
    def begin(self, key: Key, size: int, *, lasting: bool, known: bool) -> None:
        """Begin to write; several may write the same."""
        whole = self.body(size)[:size]
        writing = self.store.begin(key, size if known else None, lasting=lasting)
        if writing is not None:
            self.fills.append(Fill(key, writing, b"", whole))

    @precondition(lambda self: self.fills)
    @rule(which=st.integers(0, 9), count=st.sampled_from([1, 5_000, 130_000]))
    def append(self, which: int, count: int) -> None:
        """Write some more; without room the writing is lost."""
        fill = self.fills[which % len(self.fills)]
        piece = fill.whole[len(fill.data) : len(fill.data) + count]
        if fill.writing.append(piece):
            fill.data += piece
        else:
            fill.writing.drop()
            self.fills.remove(fill)

    @precondition(lambda self: self.fills)
    @rule(which=st.integers(0, 9), start=st.integers(0, 300_000))
    def follow(self, which: int, start: int) -> None:
        """Read what is there so far."""
        fill = self.fills[which % len(self.fills)]
        assert fill.writing.size == len(fill.data)
        assert fill.writing.read(start, start + 9_999) == fill.data[start:][:9_999]

    @precondition(lambda self: self.fills)
    @rule(which=st.integers(0, 9))
    def commit(self, which: int) -> None:
        """Write the rest, and let others find it."""
        fill = self.fills.pop(which % len(self.fills))
        if fill.writing.append(fill.whole[len(fill.data) :]):
            self.run(self.complete(fill))

    async def complete(self, fill: Fill) -> None:
        """Commit within the loop, as copies begin there."""
        kept = fill.writing.commit(Head(born_at=float(len(fill.whole))))
        assert kept.read(0, 1 << 30) == fill.whole
        if fill.writing.listed:
            assert self.store.find(fill.key) is kept
            self.now[fill.key] = fill.whole
            self.older.pop(fill.key, None)
            self.history.setdefault(fill.key, set()).add(fill.whole)

    @precondition(lambda self: self.fills)
    @rule(which=st.integers(0, 9))
    def drop(self, which: int) -> None:
        """Give up; nobody finds it."""
        self.fills.pop(which % len(self.fills)).writing.drop()

    @rule(key=KEYS)
    def find(self, key: Key) -> None:
        """Ask the memory."""
        self.check(key, self.store.find(key))

    @rule(key=KEYS, twice=st.booleans())
    def fetch(self, key: Key, *, twice: bool) -> None:
        """Ask memory and disk, also two at once."""

        async def ask() -> list[MemoryKept | None]:
            asked = [self.store.fetch(key) for _ in range(1 + twice)]
            return list(await asyncio.gather(*asked))

        for kept in self.run(ask()):
            self.check(key, kept)

    @rule(key=KEYS)
    def enter(self, key: Key) -> None:
        """Play for a while."""
        kept = self.run(self.store.fetch(key))
        self.check(key, kept)
        if kept is not None:
            stack = contextlib.ExitStack()
            stack.enter_context(kept)
            self.players.append((kept, kept.read(0, kept.size), stack))

    @precondition(lambda self: self.players)
    @rule(which=st.integers(0, 9))
    def leave(self, which: int) -> None:
        """Stop playing; until then the bytes were the same."""
        kept, data, stack = self.players.pop(which % len(self.players))
        assert kept.read(0, kept.size) == data
        stack.close()

    @rule(key=KEYS)
    def remove(self, key: Key) -> None:
        """Drop a resource everywhere."""

        async def remove() -> None:
            self.store.remove(key)

        self.run(remove())
        self.now.pop(key, None)
        self.older.pop(key, None)
        assert self.store.find(key) is None

    @rule(stream=st.sampled_from(["lobby", "yard"]))
    def forget(self, stream: str) -> None:
        """Drop a stream from memory."""
        self.store.forget(stream)

    @rule()
    def copied(self) -> None:
        """Let the disk catch up."""
        self.run(self.store.copied())

    @rule(name=NAMES, size=SIZES)
    def put(self, name: str, size: int) -> None:
        """Keep a document."""
        data = self.body(size)[: min(size, 5_000)]
        if self.run(self.behind.documents.put(name, data)):
            self.documents[name] = data

    @rule(name=NAMES)
    def get(self, name: str) -> None:
        """Read a document: the last one that was written, or none."""
        got = self.run(self.behind.documents.get(name))
        assert got is None or got == self.documents.get(name)

    @rule(room=st.sampled_from([0, 5_000, 200_000, 1 << 40]))
    def fill_up(self, room: int) -> None:
        """Leave the disk so much room."""
        self.disk.room = room

    @rule()
    def wait(self) -> None:
        """Let the pause after a trouble end."""
        self.run(self.clock.advance(PAUSE_SECONDS))

    @rule(held=st.booleans())
    def hold_open(self, *, held: bool) -> None:
        """Remove and replace no file, as Windows does while it is open."""
        self.run(self.store.copied())
        self.disk.open_elsewhere = held

    @rule()
    def restart(self) -> None:
        """Stop and start in order; writings and players end."""
        self.end_all()
        self.run(self.store.close())
        self.open()

    @rule(
        torn=st.integers(0, 9),
        place=st.floats(0, 1),
        damage=st.sampled_from(["cut", "zero", "flip", "pad", "none"]),
        finished=st.booleans(),
    )
    def crash(self, torn: int, place: float, damage: str, *, finished: bool) -> None:
        """End at once, also in the middle of a copy; then a file may be torn."""
        if finished:
            self.run(self.store.copied())
        self.end_all()

        async def end() -> None:
            closing = asyncio.create_task(self.store.close())
            await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait([closing])
            await asyncio.sleep(0.01)  # a thread ends its file

        self.run(end())
        files = sorted((self.folder / "store").glob("*/*"))
        if files:
            tear(files[torn % len(files)], place, damage)
        for key, versions in self.history.items():
            self.older[key] = set(versions)
        self.open()

    def end_all(self) -> None:
        """End what uses the store."""
        self.fills.clear()
        while self.players:
            self.leave(0)

    @invariant()
    def budgets_hold(self) -> None:
        """In memory, in descriptors and on the disk."""
        if not hasattr(self, "store"):
            return
        now = self.store.statistics()
        assert now.bytes <= 1.05 * MEMORY_BYTES
        in_use = {id(kept) for kept, _, _ in self.players}
        assert now.files <= MOST_FILES + len(in_use)
        assert now.disk_bytes <= 1.05 * DISK_BYTES
        files = (self.folder / "store").glob("*/*")
        assert sum(map(size_of, files)) <= 1.05 * DISK_BYTES

    def teardown(self) -> None:
        """End; no descriptor is left."""
        if not hasattr(self, "store"):
            return
        self.end_all()
        self.run(self.store.close())
        assert self.store.statistics().bytes == 0
        assert self.store.statistics().files == 0
        del self.store, self.behind
        gc.collect()
        assert descriptors() == self.before
        self.loop.close()
        shutil.rmtree(self.folder)


def tear(file: Path, place: float, damage: str) -> None:
    """Damage a file as a loss of power may."""
    data = file.read_bytes()
    at = int(place * (len(data) - 1))
    torn = {
        "cut": data[:at],
        "zero": data[:at].ljust(len(data), b"\0"),
        "flip": data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :],
        "pad": data + bytes(9),
        "none": data,
    }
    file.write_bytes(torn[damage])


def size_of(file: Path) -> int:
    """Return what a file takes on the disk."""
    with contextlib.suppress(FileNotFoundError):
        return cost_of(file.stat().st_size)
    return 0


TestStoreStates = StoreStates.TestCase
TestStoreStates.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
