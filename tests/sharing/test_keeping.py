"""What may be shared, and what may be kept."""

import math

import pytest

from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.replies import MediaReply
from proxy.sharing.following import Follower
from proxy.sharing.keeping import (
    KEY_SECONDS,
    Shareable,
    Unshared,
    shareable,
    validators,
)
from proxy.store.key import Key, Span
from tests.sharing.test_growing_body import growing
from tests.streams.storing import store

KEY = Key("s", "main/s.ts", "https://a.test/s.ts", "run", 0)
PART = KEY._replace(span=Span(5, 10))
OPEN = KEY._replace(span=Span(5, None))


def judged(
    headers: Fields = (),
    *,
    status: int = 200,
    key: Key = KEY,
    kind: Kind = Kind.SEGMENT,
    framing: Framing = Framing.LENGTH,
    trusted: bool = False,
) -> Shareable | Unshared:
    """Return what is decided about an answer."""
    body = Follower(growing(store()))
    body.framing = framing
    reply = MediaReply(status, headers, body)
    return shareable(reply, key, kind, trusted=trusted, now=1000.0)


async def test_media_without_caching_fields_is_fresh_while_it_is_listed() -> None:
    """Kept without fields that change, or that belong to a part."""
    headers = (("Content-Type", "video/mp2t"), ("Age", "5"), ("Content-Length", "3"))
    found = judged(headers)
    assert isinstance(found, Shareable)
    assert found.kept
    assert found.headers == found.head.headers == headers[:1]
    assert (found.head.born_at, found.head.fresh_seconds) == (995.0, math.inf)


async def test_a_whole_resource_with_a_content_range_is_not_kept() -> None:
    """Its status and its fields contradict each other."""
    found = judged((("Content-Range", "bytes 0-2/9"),))
    assert isinstance(found, Shareable)
    assert not found.kept


@pytest.mark.parametrize("said", ["no-store", "private", "no-cache", "max-age=0"])
async def test_what_the_upstream_forbids_is_not_shared(said: str) -> None:
    """Unless the operator trusts the playlist; but that never applies to keys."""
    headers = (("Cache-Control", said),)
    assert judged(headers) == Unshared("no-store")
    assert isinstance(judged(headers, trusted=True), Shareable)
    assert judged(headers, trusted=True, kind=Kind.KEY) == Unshared("no-store")


@pytest.mark.parametrize("framing", [Framing.CLOSE, Framing.NONE])
async def test_i4_a_body_without_a_proven_end_is_not_shared(framing: Framing) -> None:
    """It may be incomplete."""
    assert judged(framing=framing) == Unshared("close-delimited")


@pytest.mark.parametrize(
    ("key", "said", "shared", "kept"),
    [
        (PART, "bytes 5-9/20", True, True),
        (PART, "bytes 5-7/8", True, True),  # the resource ends there
        (PART, "bytes 5-7/20", True, False),
        (PART, "bytes 5-9/*", True, False),
        (PART, "bytes 4-9/20", False, False),
        (PART, "", False, False),
        (OPEN, "bytes 5-19/20", True, True),
        (OPEN, "bytes 5-9/*", True, False),
        (OPEN, "bytes 5-9/20", True, False),
        (KEY, "bytes 0-9/10", False, False),
    ],
)
async def test_a_part_is_kept_if_it_is_exactly_the_requested_one(
    key: Key, said: str, *, shared: bool, kept: bool
) -> None:
    """And if the length of the whole is known."""
    found = judged((("Content-Range", said),), status=206, key=key)
    assert isinstance(found, Shareable) is shared
    if isinstance(found, Shareable):
        assert found.kept is kept
        assert found.headers == (("Content-Range", said),)
        assert found.head.headers == ()
        assert found.key == key


async def test_a_whole_instead_of_a_part_is_kept_as_the_whole() -> None:
    """Under its own key."""
    found = judged(key=PART)
    assert isinstance(found, Shareable)
    assert found.key == KEY


@pytest.mark.parametrize("status", [204, 304, 404])
async def test_other_statuses_are_not_shared(status: int) -> None:
    """They say nothing about the neighbours."""
    assert judged(status=status) == Unshared("status", lasting=False)


@pytest.mark.parametrize(
    ("said", "seconds"), [((), KEY_SECONDS), ((("Cache-Control", "max-age=60"),), 60)]
)
async def test_a_key_is_kept_for_ten_seconds_or_as_the_upstream_says(
    said: Fields, seconds: float
) -> None:
    """Keys are replaced under the same URL."""
    found = judged(said, kind=Kind.KEY)
    assert isinstance(found, Shareable)
    assert found.head.fresh_seconds == seconds


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ((("ETag", 'W/"a"'), ("Last-Modified", "x")), (("If-None-Match", 'W/"a"'),)),
        ((("last-modified", "x"),), (("If-Modified-Since", "x"),)),
        ((), ()),
    ],
)
def test_the_etag_is_sent_rather_than_the_date(kept: Fields, asked: Fields) -> None:
    """RFC 9110 section 13.1.3: the date is ignored beside an ETag."""
    assert validators(kept) == asked
