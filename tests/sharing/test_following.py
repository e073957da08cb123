"""A follower is a body like any other."""

import pytest

from proxy.core.http.framing import Framing
from proxy.errors import TruncatedError
from proxy.sharing.following import Follower
from proxy.store.port import Head
from tests.sharing.test_growing_body import growing
from tests.streams.storing import store


async def test_it_has_a_length_and_reports_its_end() -> None:
    """With the number of bytes that were taken."""
    one, taken = growing(store()), list[int]()
    body = Follower(one, 2, 5, held=True, left=taken.append)
    assert (body.framing, body.content_length) == (Framing.LENGTH, 3)
    assert body.held
    one.append(b"0123")
    assert not body.held
    one.append(b"456789")
    one.end(Head())
    async with body:
        assert [chunk async for chunk in body.chunks()] == [b"234"]
    assert taken == [3]
    assert not one.readers


async def test_without_a_length_it_ends_with_the_body() -> None:
    """Chunked, as it was received."""
    one = growing(store())
    body = Follower(one)
    assert (body.framing, body.content_length) == (Framing.CHUNKED, None)
    one.append(b"abc")
    one.end(None)
    async with body:
        assert [chunk async for chunk in body.chunks()] == [b"abc"]


async def test_i1_a_body_that_is_too_short_is_not_called_complete() -> None:
    """Whatever else went wrong."""
    one = growing(store())
    body = Follower(one, 0, 10)
    one.append(b"abc")
    one.end(None)
    async with body:
        with pytest.raises(TruncatedError):
            assert [chunk async for chunk in body.chunks()]
