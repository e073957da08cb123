"""Kept resources answer requests, if they are fresh and have the bytes."""

from dataclasses import replace

import pytest

from proxy.errors import StatusError
from proxy.sharing.kept_media import KeptMedia
from proxy.sharing.store_counts import StoreCounts
from proxy.sharing.unrequested import Unasked
from proxy.store.key import Key, Span
from proxy.store.port import Head
from proxy.store.store import TieredStore
from tests.fake_clock import FakeClock
from tests.streams.built import ask
from tests.streams.scripted_fill import KEY, store
from tests.streams.storing import cache, read


def media(clock: FakeClock, kept: TieredStore | None = None) -> KeptMedia:
    """Return media with a store."""
    return KeptMedia(kept or store(), StoreCounts(), Unasked(), clock=clock)


def keep(kept: TieredStore, key: Key, data: bytes, head: Head) -> None:
    """Keep a resource."""
    writing = kept.begin(key, len(data))
    assert writing is not None
    writing.append(data)
    writing.commit(head)


async def test_a_hit_lasts_until_the_resource_is_too_old() -> None:
    """The age is in seconds, and never negative."""
    clock, kept = FakeClock(), store()
    one = media(clock, kept)
    assert one.hit(KEY, ask()) is None
    keep(kept, KEY, b"abc", Head((("ETag", '"a"'),), clock.wall() + 5, 60.0))
    found = one.hit(KEY, ask())
    assert found is not None
    assert (cache(found), found.age, found.status) == ("hit", 0, 200)
    assert await read(found) == b"abc"
    await clock.advance(64)
    assert (found := one.hit(KEY, ask())) is not None
    assert found.age == 59
    await clock.advance(1)
    assert one.hit(KEY, ask()) is None


async def test_the_first_request_for_what_was_fetched_ahead_is_no_saving() -> None:
    """Those after it are hits; a HEAD request takes no bytes."""
    clock, kept, counts, unasked = FakeClock(), store(), StoreCounts(), Unasked()
    one = KeptMedia(kept, counts, unasked, clock=clock)
    keep(kept, KEY, b"abc", Head((), clock.wall(), 60.0))
    unasked.add(KEY)
    assert one.hit(KEY, replace(ask(), method="HEAD")) is not None
    assert (counts.ahead, counts.hits, counts.saved_bytes) == (0, 1, 0)
    for _ in range(2):
        assert one.hit(KEY, ask()) is not None
    assert (counts.ahead, counts.hits, counts.saved_bytes) == (1, 2, 3)


async def test_a_part_is_found_by_its_range() -> None:
    """Only by exactly this range."""
    clock, kept = FakeClock(), store()
    key = KEY._replace(span=Span(5, 8))
    keep(kept, key, b"567", Head((), clock.wall(), total=10))
    one = media(clock, kept)
    found = one.hit(KEY, ask(headers={"Range": "bytes=5-7"}))
    assert found is not None
    assert (found.status, await read(found)) == (206, b"567")
    assert found.headers == (("Content-Range", "bytes 5-7/10"),)
    for other in ("bytes=5-8", "bytes=5-", "bytes=-3", "bytes=5-6,7-7"):
        assert one.hit(KEY, ask(headers={"Range": other})) is None
    assert one.hit(KEY, ask()) is None


async def test_416_is_raised_as_the_upstream_would_do() -> None:
    """With the length."""
    clock, kept = FakeClock(), store()
    keep(kept, KEY, b"abc", Head((), clock.wall()))
    with pytest.raises(StatusError) as outside:
        media(clock, kept).hit(KEY, ask(headers={"Range": "bytes=3-"}))
    assert outside.value.headers == (("Content-Range", "bytes */3"),)


async def test_the_disk_is_searched_after_the_memory() -> None:
    """Without a disk, nothing is found."""
    clock, kept = FakeClock(), store()
    one = media(clock, kept)
    assert await one.on_disk(KEY, ask()) is None
    keep(kept, KEY, b"abc", Head((), clock.wall()))
    found = await one.on_disk(KEY, ask())
    assert found is not None
    assert cache(found) == "hit"
