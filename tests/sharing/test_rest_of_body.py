"""The rest of a body is of the same file, or there is none."""

import pytest

from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.errors import UnreachableError
from proxy.sharing.fill_orders import Begun
from proxy.sharing.keeping import Shareable, shareable
from proxy.sharing.rest_of_body import Rest
from tests.fake_clock import FakeClock
from tests.sharing.test_growing_body import growing
from tests.streams.scripted_fill import KEY, Body, Upstream, reply, store

TAG = ("ETag", '"a"')
PART = ("Content-Range", "bytes 4-9/10")


def rest(upstream: Upstream, *headers: tuple[str, str]) -> Rest:
    """Return the rest of a body of unknown length with these fields."""
    answer = reply(Body(b"x" * 10), *headers)
    shared = shareable(answer, KEY, Kind.SEGMENT, trusted=False, now=0)
    assert isinstance(shared, Shareable)
    begun = Begun(shared, growing(store()), length=None, held=False, asked_whole=True)
    return Rest(begun, upstream, FakeClock())


async def test_it_is_asked_for_from_the_position_on() -> None:
    """If the file is still the same."""
    body = Body(b"456789")
    upstream = Upstream(reply(body, TAG, PART, status=206))
    assert await rest(upstream, TAG).after(4) is body
    assert upstream.asked == [(("Range", "bytes=4-"), ("If-Range", '"a"'))]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, (TAG,)),  # another version, as a whole
        (206, (("ETag", '"b"'), PART)),
        (206, (TAG, ("Content-Range", "bytes 5-9/10"))),
    ],
)
async def test_what_does_not_fit_is_closed(status: int, headers: Fields) -> None:
    """The player must not get a mixture."""
    body = Body(b"456789")
    upstream = Upstream(reply(body, *headers, status=status))
    assert await rest(upstream, TAG).after(4) is None
    assert body.closed


async def test_without_a_strong_validator_nothing_is_asked() -> None:
    """Nothing would show whether the rest is of the same file."""
    upstream = Upstream()
    assert await rest(upstream, ("ETag", 'W/"a"')).after(4) is None
    assert upstream.asked == []


@pytest.mark.parametrize("answer", [UnreachableError("away"), None])
async def test_a_failure_is_no_rest(answer: UnreachableError | None) -> None:
    """The player is told that it was too slow."""
    assert await rest(Upstream(answer), TAG).after(4) is None
