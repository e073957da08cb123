"""Whatever happens to a store, it returns what was committed, or nothing.

Rules are drawn in any order: writing, reading, using, removing, restarts, crashes that
tear files, a full disk, a system that removes no file that is open.
"""

import asyncio
import contextlib
import gc
import shutil
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from proxy.store.disk_failures import PAUSE_SECONDS
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from tests.contract.store_world import Fill, StoreWorld
from tests.store.descriptors import descriptors

KEYS = st.builds(
    lambda stream, number: Key(stream, f"{number}.ts", "https://a/", "run", number),
    st.sampled_from(["lobby", "yard"]),
    st.integers(1, 4),
)
SIZES = st.sampled_from([0, 10, 5_000, 140_000, 300_000])
NAMES = st.sampled_from(["lobby", "yard"])


class StoreStates(StoreWorld):
    """What may happen to a store with a disk."""

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


TestStoreStates = StoreStates.TestCase
TestStoreStates.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
