"""The bytes of one resource."""

import errno
import gc
import os
import threading
import tracemalloc
from mmap import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.store.content import SMALL_BYTES, Blocks, Content, OpenFile
from proxy.system import files
from tests.store.descriptors import descriptors


@pytest.fixture(params=["memfd", "temporary file", "no positioned reads"])
def _system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provide what Linux, macOS and Windows provide."""
    missing = {
        "memfd": (),
        "temporary file": ("memfd_create",),
        "no positioned reads": ("memfd_create", "pread", "pwrite"),
    }
    for name in missing[request.param]:
        monkeypatch.delattr(os, name)


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.usefixtures("_system")
def test_bytes_are_read_while_they_grow(*, in_file: bool) -> None:
    """From any position up to their current end."""
    content = Content(OpenFile.anonymous() if in_file else None)
    assert content.read(0, 10) == b""
    content.append(b"0123")
    content.append(b"4567")
    content.append(b"")
    assert content.read(2, 6) == b"2345"
    assert content.read(6, 100) == b"67"
    assert content.read(9, 100) == b""
    content.seal()
    assert content.read(0, 8) == b"01234567"
    assert content.small == (None if in_file else b"01234567")


@given(
    pieces=st.lists(st.binary(max_size=40).map(lambda one: one * 4000), max_size=9),
    wanted=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))),
    moved_after=st.integers(0, 9),
)
def test_any_part_can_be_read(
    pieces: list[bytes], wanted: list[tuple[int, int]], moved_after: int
) -> None:
    """Whatever pieces it came in, and wherever they are."""
    content, whole = Content(), b""
    for number, piece in enumerate(pieces):
        if number == moved_after:
            content.move(OpenFile.anonymous())
        content.append(piece)
        whole += piece
        for start, end in wanted:
            assert content.read(start, end) == whole[start:end]
    content.seal()
    for start, end in wanted:
        assert content.read(start, end) == whole[start:end]
    assert content.small in (None, whole)


def test_many_short_pieces_need_little_memory() -> None:
    """Each piece would need forty bytes more than it has."""
    content, piece = Content(), b"0123456789"
    tracemalloc.start()
    try:
        for _ in range(100_000):
            content.append(piece)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 1.2 * content.size
    assert content.read(999_995, 10**9) == b"56789"


@pytest.mark.usefixtures("_system")
def test_a_growing_body_moves_to_a_file() -> None:
    """More may be added there."""
    content = Content()
    content.append(b"01")
    content.append(b"23")
    content.move(OpenFile.anonymous())
    content.append(b"45")
    assert content.small is None
    assert content.read(1, 6) == b"12345"


def test_memory_of_long_bodies_is_used_again() -> None:
    """Once nobody can read them any more. What is unused can be freed."""
    memory = Blocks()
    one = Content(memory=memory)
    one.append(bytes(SMALL_BYTES + 1))
    assert len(memory) == 0
    del one
    gc.collect()
    assert len(memory) == 3
    other = Content(memory=memory)
    other.append(b"x" * (SMALL_BYTES + 1))
    assert len(memory) == 0
    assert other.read(0, 10**9) == b"x" * (SMALL_BYTES + 1)
    del other
    gc.collect()
    memory.trim(1)
    assert len(memory) == 1


def test_without_memory_nothing_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there can still be read, and more can be added later."""
    content, make, left = Content(), files.memory_block, [1]
    few = os.urandom(SMALL_BYTES)
    content.append(few)

    def refuse(size: int) -> mmap:
        if not left:
            raise OSError(errno.ENOMEM, "no memory")
        left.pop()
        return make(size)

    with monkeypatch.context() as patch:
        patch.setattr(files, "memory_block", refuse)
        with pytest.raises(OSError, match="no memory"):
            content.append(few)
    assert content.size == len(few)
    assert content.read(0, 10**9) == few
    content.append(few)
    assert content.read(0, 10**9) == few + few


def test_one_piece_is_kept_without_a_copy() -> None:
    """A small resource often arrives whole."""
    piece = b"0123"
    content = Content()
    content.append(piece)
    content.seal()
    assert content.small is piece


def test_bytes_in_a_larger_file_have_an_offset() -> None:
    """For example after a header."""
    opened = OpenFile.anonymous()
    os.write(opened.descriptor, b"head0123")
    content = Content(opened, offset=4, size=4)
    assert content.read(1, 9) == b"123"


def test_a_file_is_closed_after_its_last_reference() -> None:
    """Not before: its number could then mean another file."""
    gc.collect()
    before = descriptors()
    content = Content(OpenFile.anonymous())
    content.append(b"0123")
    reader = content
    del content
    assert reader.read(0, 4) == b"0123"
    assert descriptors() > before
    del reader
    assert descriptors() == before


def test_without_positioned_reads_threads_do_not_disturb_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file has one position, which reading moves."""
    for name in ("pread", "pwrite"):
        monkeypatch.delattr(os, name)
    content = Content(OpenFile.anonymous())
    content.append(bytes(range(256)) * 64)
    wrong: list[int] = []

    def read(value: int) -> None:
        wrong.extend(
            place
            for place in range(value, 256 * 64, 256)
            if content.read(place, place + 1) != bytes([value])
        )

    threads = [
        threading.Thread(target=read, args=[value]) for value in range(0, 256, 8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
