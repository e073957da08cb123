"""What one worker keeps, the others find."""

import gc
import os
from pathlib import Path

import pytest

from proxy.store.content import SMALL_BYTES
from proxy.store.key import Span
from proxy.system import sockets
from tests.store.workers import (
    HEAD,
    KB,
    MB,
    begun,
    bytes_of,
    keep,
    key,
    shared_in,
    stores,
)

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")


@pytest.mark.parametrize("size", [1, SMALL_BYTES, SMALL_BYTES + 1, 3 * MB])
@pytest.mark.parametrize("span", [None, Span(3, None), Span(0, 10)])
def test_what_one_worker_keeps_the_others_find(
    tmp_path: Path, size: int, span: Span | None
) -> None:
    """With its head; small ones as bytes, larger ones in the same file."""
    one, *others = stores(tmp_path)
    data = os.urandom(size)
    keep(one, key(1, span=span), data)
    for other in others:
        kept = other.find(key(1, span=span))
        assert kept is not None
        assert (kept.head, kept.size) == (HEAD, size)
        assert (kept.body is None) == (size > SMALL_BYTES)
        assert kept.read(0, size + 1) == data
        assert other.find(key(1, span=span)) is kept
        assert other.find(key(2, span=span)) is None
        assert other.find(key(1, "yard", span)) is None
        assert other.find(key(1, span=Span(9, 9))) is None
    assert len(shared_in(tmp_path)) == 1


def test_only_what_is_complete_is_found(tmp_path: Path) -> None:
    """Until then there is no file."""
    one, other, _ = stores(tmp_path)
    data = os.urandom(300 * KB)
    writing = begun(one, key(1), data)
    assert other.find(key(1)) is None
    assert shared_in(tmp_path) == []
    writing.drop()
    del writing
    keep(one, key(1), data)
    assert bytes_of(other, key(1)) == data


@pytest.mark.parametrize("size", [100, MB])
def test_what_is_private_stays_in_its_process(tmp_path: Path, size: int) -> None:
    """As decryption keys do."""
    one, other, _ = stores(tmp_path)
    keep(one, key(1), os.urandom(size), private=True)
    assert one.find(key(1)) is not None
    assert other.find(key(1)) is None
    assert shared_in(tmp_path) == []


def test_what_was_evicted_is_not_found_but_readable_where_it_is_open(
    tmp_path: Path,
) -> None:
    """Its file has no name any more."""
    one, other, third = stores(tmp_path, 3 * MB)
    data = os.urandom(MB)
    keep(one, key(1), data)
    kept = other.find(key(1))
    assert kept is not None
    with kept:
        for number in range(2, 5):
            keep(one, key(number), os.urandom(MB))
        assert third.find(key(1)) is None
        assert kept.read(0, MB) == data
    assert bytes_of(other, key(1)) == data


def test_copies_are_evicted_before_what_only_this_worker_keeps(tmp_path: Path) -> None:
    """They can be had again without a request upstream."""
    one, other, _ = stores(tmp_path, 4 * MB)
    keep(one, key(1), os.urandom(MB))
    for number in (2, 3):
        keep(other, key(number), os.urandom(MB))
    assert other.find(key(1)) is not None
    keep(other, key(4), os.urandom(MB))
    assert other.index.peek(key(1)) is None
    assert other.index.peek(key(2)) is not None
    assert other.find(key(1)) is not None


@pytest.mark.parametrize("size", [100, MB])
def test_what_is_removed_is_found_by_nobody_who_has_not_found_it(
    tmp_path: Path, size: int
) -> None:
    """Whoever keeps it, and whoever removes it."""
    one, other, third = stores(tmp_path)
    keep(one, key(1), os.urandom(size))
    assert other.find(key(1)) is not None
    other.remove(key(1))
    assert other.find(key(1)) is None
    assert third.find(key(1)) is None
    keep(one, key(2), os.urandom(size))
    one.remove(key(2))
    assert third.find(key(2)) is None
    assert shared_in(tmp_path) == []


def test_a_stream_that_is_forgotten_leaves_no_file(tmp_path: Path) -> None:
    """Even if players still read it; other streams stay."""
    one, other, _ = stores(tmp_path)
    for number, stream in enumerate(("lobby", "lobby", "yard")):
        keep(one, key(number, stream), os.urandom(MB >> number * 4))
    used = one.find(key(0))
    assert used is not None
    with used:
        one.forget("lobby")
        assert other.find(key(0)) is other.find(key(1)) is None
        assert other.find(key(2, "yard")) is not None
    one.clear()
    assert shared_in(tmp_path) == []


@pytest.mark.parametrize("size", [100, MB])
def test_a_newer_resource_takes_the_place_of_an_older_one(
    tmp_path: Path, size: int
) -> None:
    """Whoever has fetched it; the end of the older one does not remove it."""
    one, other, third = stores(tmp_path)
    keep(one, key(1), os.urandom(size))
    data = os.urandom(size)
    keep(other, key(1), data)
    one.clear()
    assert bytes_of(third, key(1)) == data
    newer = os.urandom(size)
    keep(other, key(1), newer)
    gc.collect()
    third.clear()
    assert bytes_of(third, key(1)) == newer
    assert len(shared_in(tmp_path)) == 1


def test_workers_with_different_configurations_do_not_share(tmp_path: Path) -> None:
    """Until all of them have the same one."""
    generations = [{"lobby": 1}, {"lobby": 2}, {"lobby": 2}]
    one, other, third = stores(
        tmp_path, generations=[each.__getitem__ for each in generations]
    )
    keep(one, key(1), b"old")
    assert other.find(key(1)) is None
    keep(other, key(1), b"new")
    assert bytes_of(one, key(1)) == b"old"
    assert bytes_of(third, key(1)) == b"new"
