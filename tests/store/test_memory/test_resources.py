"""Resources are written, committed, replaced and forgotten."""

import os

import pytest

from proxy.store.content import SMALL_BYTES
from proxy.store.kept import MemoryKept
from proxy.store.port import Head
from proxy.system import files
from tests.store.resources import KB, MB, keep, key, memory


@pytest.mark.parametrize("size", [0, 1, SMALL_BYTES, SMALL_BYTES + 1, 3 * MB])
@pytest.mark.parametrize("known", [True, False])
def test_a_committed_resource_is_found(size: int, *, known: bool) -> None:
    """Small ones as bytes, larger ones in a file."""
    store, data = memory(), os.urandom(size)
    writing = store.begin(key(1), size if known else None)
    assert writing is not None
    for place in range(0, size, 100_000):
        assert writing.append(data[place : place + 100_000])
    head = Head((("Content-Type", "video/mp2t"),), 5.0, 60.0)
    assert store.find(key(1)) is None
    writing.commit(head)
    del writing
    kept = store.find(key(1))
    assert kept is not None
    assert (kept.head, kept.size) == (head, size)
    assert kept.read(0, size) == data
    with kept:
        if size <= SMALL_BYTES:
            assert (kept.body, kept.file) == (data, None)
        else:
            assert kept.body is None
            assert kept.file is not None
            assert files.read_at(kept.file[0], size, kept.file[1]) == data


def test_followers_read_the_bytes_so_far() -> None:
    """Also while it moves from memory to a file, and after the end."""
    store, data = memory(), os.urandom(400 * KB)
    writing = store.begin(key(1), None)
    assert writing is not None
    for place in range(0, len(data), 64 * KB):
        assert writing.append(data[place : place + 64 * KB])
        assert writing.read(0, writing.size) == data[: writing.size]
    writing.commit(Head())
    assert writing.read(0, 1 << 40) == data


def test_a_dropped_resource_is_never_found_but_still_read() -> None:
    """Its bytes count until the last reader releases it."""
    store = memory()
    writing = store.begin(key(1), None)
    assert writing is not None
    writing.append(bytes(MB))
    writing.drop()
    assert not writing.append(b"more")
    with pytest.raises(ValueError, match="given up"):
        writing.commit(Head())
    follower = writing
    del writing
    assert store.index.cost > MB
    assert follower.read(0, MB) == bytes(MB)
    del follower
    assert store.index.cost == store.index.files == 0
    assert store.find(key(1)) is None


def test_a_commit_wins_over_a_later_drop() -> None:
    """A second commit changes nothing."""
    store = memory()
    writing = store.begin(key(1), None)
    assert writing is not None
    writing.append(b"0123")
    kept = writing.commit(Head())
    writing.drop()
    assert not writing.append(b"4567")
    assert store.find(key(1)) is writing.commit(Head(born_at=1.0)) is kept
    assert kept.body == b"0123"
    assert kept.head == Head()


@pytest.mark.parametrize("size", [3, 5])
def test_another_length_than_expected_is_not_committed(size: int) -> None:
    """Whatever the caller believes: it is not complete."""
    store = memory()
    writing = store.begin(key(1), 4)
    assert writing is not None
    writing.append(bytes(size))
    with pytest.raises(ValueError, match=f"expected 4 bytes, got {size}"):
        writing.commit(Head())
    assert store.find(key(1)) is None


@pytest.mark.parametrize("known", [True, False])
def test_a_resource_that_is_too_large_is_refused(*, known: bool) -> None:
    """At once if its length is known, otherwise when it gets too long."""
    store = memory(largest=MB)
    assert (store.begin(key(1), MB + 1) is None) is True
    writing = store.begin(key(1), MB if known else None)
    assert writing is not None
    assert writing.append(bytes(MB))
    assert not writing.append(b"1")
    with pytest.raises(ValueError, match="given up"):
        writing.commit(Head())


def test_a_later_commit_replaces_an_earlier_one() -> None:
    """Readers of the earlier one read it to its end."""
    store = memory()
    keep(store, key(1), b"old")
    old = store.find(key(1))
    assert old is not None
    with old:
        keep(store, key(1), b"newer")
        new = store.find(key(1))
        assert new is not None
        assert (old.body, new.body) == (b"old", b"newer")
    assert store.find(key(1)) is new


def test_forgetting_a_stream_includes_unfinished_resources() -> None:
    """Other streams keep theirs."""
    store = memory()
    keep(store, key(1), b"1")
    keep(store, key(1, "yard"), b"1")
    writing = store.begin(key(2), 1)
    assert writing is not None
    store.forget("lobby")
    writing.append(b"2")
    assert writing.commit(Head()).body == b"2"
    assert [kept.key for kept in store.index] == [key(1, "yard")]


def test_a_complete_resource_is_reported_once() -> None:
    """But not one that was forgotten."""
    store = memory()
    told: list[MemoryKept] = []
    writing = store.begin(key(1), 1, told.append)
    forgotten = store.begin(key(2), 0, told.append)
    assert writing is not None
    assert forgotten is not None
    writing.append(b"1")
    kept = writing.commit(Head())
    writing.commit(Head())
    store.forget("lobby")
    forgotten.commit(Head())
    assert told == [kept]
