"""What a 304 confirms is kept with new times, if there is room for it."""

from proxy.core.kind import Kind
from proxy.sharing.confirming import confirmed
from proxy.sharing.fill_orders import Order
from proxy.store.port import Head
from tests.streams.scripted_fill import KEY, store
from tests.streams.storing import MIB

HEADERS = (("ETag", '"a"'), ("Cache-Control", "max-age=60"))


def test_a_key_is_fresh_for_ten_more_seconds() -> None:
    """The 304 has no caching fields of its own."""
    kept = store()
    writing = kept.begin(KEY, 3)
    assert writing is not None
    writing.append(b"abc")
    stale = writing.commit(Head(HEADERS[:1], 0.0, 10.0))
    order = Order(KEY, Kind.KEY)
    found = confirmed(kept, order, stale, (), trusted=True, now=500.0)
    assert (found.head.born_at, found.head.fresh_seconds) == (500.0, 10.0)


def test_without_room_for_a_copy_the_old_one_stays() -> None:
    """It is revalidated again the next time."""
    kept = store(budget=3 * MIB, largest=2 * MIB)
    writing = kept.begin(KEY, 2 * MIB)
    assert writing is not None
    writing.append(bytes(2 * MIB))
    stale = writing.commit(Head(HEADERS, 0.0, 60.0))
    del writing
    order = Order(KEY, Kind.SEGMENT)
    found = confirmed(kept, order, stale, HEADERS, trusted=False, now=500.0)
    assert found is stale


def test_a_confirmed_resource_that_may_not_be_kept_is_used_once() -> None:
    """The upstream has changed its mind."""
    kept = store()
    writing = kept.begin(KEY, 3)
    assert writing is not None
    writing.append(b"abc")
    stale = writing.commit(Head(HEADERS, 0.0, 60.0))
    order, said = Order(KEY, Kind.SEGMENT), (("Cache-Control", "no-store"),)
    found = confirmed(kept, order, stale, said, trusted=False, now=500.0)
    assert found.head.fresh_seconds == 0
