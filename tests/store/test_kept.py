"""A complete resource, and how long it stays."""

import os

import pytest

from proxy.store.content import Content, OpenFile
from proxy.store.index import Index
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.system import files
from tests.store.resources import MB, keep, key, memory


def test_a_resource_evicted_after_it_was_found_can_be_read() -> None:
    """Between finding and entering, others may have arrived."""
    store, data = memory(4 * MB), os.urandom(2 * MB)
    keep(store, key(1), data)
    kept = store.find(key(1))
    keep(store, key(2), bytes(3 * MB))
    assert store.find(key(1)) is None
    assert kept is not None
    with kept:
        assert kept.read(0, kept.size) == data


def test_a_use_ends_with_its_context() -> None:
    """Also after an error."""
    index = Index[Key, MemoryKept](100)
    kept = MemoryKept(key(1), index, Content.of(b"0123"))
    with kept, kept:
        assert kept.uses == 2
    with pytest.raises(ConnectionError), kept:
        raise ConnectionError
    assert kept.uses == 0


def test_bytes_in_a_file_have_an_offset() -> None:
    """For sendfile; small ones are in memory."""
    index = Index[Key, MemoryKept](100)
    opened = OpenFile.anonymous()
    files.write_at(opened.descriptor, b"head0123", 0)
    in_file = MemoryKept(key(1), index, Content(opened, offset=4, size=4))
    small = MemoryKept(key(1), index, Content.of(b"0123"))
    assert (in_file.body, in_file.file) == (None, (opened.descriptor, 4))
    assert (small.body, small.file) == (b"0123", None)
    assert in_file.size == small.size == 4
    assert in_file.read(1, 9) == small.read(1, 9) == b"123"
