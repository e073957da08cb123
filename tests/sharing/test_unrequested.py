"""What was fetched ahead is remembered until somebody asks for it."""

from proxy.sharing.unrequested import Unasked
from proxy.store.key import Key

KEY = Key("s", "main/s.ts", "https://a.test/s.ts", "run", 0)


def test_the_first_request_is_told_from_later_ones() -> None:
    """Only that one did not save anything."""
    unasked = Unasked()
    assert not unasked.take(KEY)
    unasked.add(KEY)
    assert KEY in unasked
    assert unasked.take(KEY)
    assert KEY not in unasked
    assert not unasked.take(KEY)


def test_it_is_bounded() -> None:
    """What nobody ever asks for is forgotten."""
    unasked = Unasked()
    for number in range(1001):
        unasked.add(KEY._replace(number=number))
    assert KEY not in unasked
    assert KEY._replace(number=1) in unasked
