"""Replies from a fill have the form that their players requested."""

import pytest

from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.http.ranges import RangeSpec
from proxy.core.http.wanted_part import ALL, Wish
from proxy.core.kind import Kind
from proxy.errors import StatusError
from proxy.sharing.fill_orders import Begun
from proxy.sharing.keeping import Shareable, shareable
from proxy.sharing.shared_replies import UnfitError, begun_reply, own_reply
from tests.sharing.test_growing_body import growing
from tests.streams.scripted_fill import KEY, Body, reply
from tests.streams.storing import store

FROM_START = Wish(RangeSpec(0, None))
PART = Wish(RangeSpec(2, 4))
CODED = ("Content-Encoding", "gzip")
RANGED = ("Accept-Ranges", "bytes")


def begun(length: int | None, *headers: tuple[str, str]) -> Begun:
    """Return a resource that is being fetched."""
    framing = Framing.LENGTH if length else Framing.CHUNKED
    answer = reply(Body(framing=framing), *headers)
    shared = shareable(answer, KEY, Kind.SEGMENT, trusted=False, now=0.0)
    assert isinstance(shared, Shareable)
    return Begun(shared, growing(store()), length=length, held=False, asked_whole=True)


@pytest.mark.parametrize(
    ("length", "wish", "status", "told"),
    [
        (10, ALL, 200, None),
        (10, FROM_START, 206, "bytes 0-9/10"),
        (10, PART, 206, "bytes 2-4/10"),
        (10, Wish(RangeSpec(None, 3)), 206, "bytes 7-9/10"),
        (None, ALL, 200, None),
        (None, FROM_START, 200, None),
    ],
)
async def test_with_a_known_length_parts_are_possible(
    length: int | None, wish: Wish, status: int, told: str | None
) -> None:
    """Otherwise a range from the start is answered with the whole."""
    coming = begun(length, RANGED)
    found = begun_reply(coming, wish, CacheStatus(), None, lambda _: None)
    assert found.status == status
    assert dict(found.headers).get("Content-Range") == told


@pytest.mark.parametrize(
    ("length", "headers"), [(None, (RANGED,)), (10, (RANGED, CODED)), (10, ())]
)
async def test_a_part_that_cannot_be_cut_is_refused(
    length: int | None, headers: Fields
) -> None:
    """Its end is unknown, its bytes are compressed, or the origin has no ranges."""
    coming = begun(length, *headers)
    with pytest.raises(UnfitError):
        begun_reply(coming, PART, CacheStatus(), None, lambda _: None)
    assert not coming.growing.readers


async def test_a_range_outside_is_refused() -> None:
    """With the length."""
    wish = Wish(RangeSpec(10, None))
    with pytest.raises(StatusError) as outside:
        begun_reply(begun(10, RANGED), wish, CacheStatus(), None, lambda _: None)
    assert outside.value.headers == (("Content-Range", "bytes */10"),)


def test_a_whole_is_sent_as_a_part_if_one_was_requested() -> None:
    """Only for `bytes=0-`, if its length is known and it is not compressed."""
    whole = reply(Body(b"abc"), RANGED)
    assert own_reply(whole, ALL) is whole
    part = own_reply(whole, FROM_START)
    assert (part.status, part.answer) == (206, whole.answer)
    assert part.headers == (RANGED, ("Content-Range", "bytes 0-2/3"))
    for other in (
        reply(Body(b"abc", framing=Framing.CHUNKED), RANGED),
        reply(Body(b"abc"), RANGED, CODED),
        reply(Body(b"abc")),
        reply(Body(b"abc"), RANGED, status=203),
    ):
        assert own_reply(other, FROM_START) is other
