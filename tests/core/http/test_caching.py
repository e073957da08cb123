"""Whether the bytes of a resource may be kept for all players, and for how long."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.caching import Caching, caching_of, may_be_stale

DATE = ("Date", "Thu, 01 Jan 2026 00:00:00 GMT")
SOON = ("Expires", "Thu, 01 Jan 2026 00:00:02 GMT")


def said(*values: str) -> tuple[tuple[str, str], ...]:
    """Return these as values of Cache-Control."""
    return tuple(("cache-control", value) for value in values)


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ((), inf),
        (said("public"), inf),
        (said("immutable"), inf),
        ((("Set-Cookie", "a=b"),), inf),
        ((("Vary", "Accept-Encoding, Origin"),), inf),
        ((DATE, ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")), inf),
        (said("max-age=60"), 60),
        (said('max-age="60"'), 60),
        (said("max-age=60, s-maxage=7"), 7),
        (said("s-maxage=7", "max-age=60"), 7),
        (said("max-age=60, max-age=7"), 60),
        ((*said("max-age=60"), ("Age", "59")), 60),
        ((*said("max-age=60"), ("Age", "junk")), 60),
        ((DATE, SOON), 2),
        ((*said("max-age=60"), DATE, ("Expires", "0")), 60),
        (said('ext="no-store, private"'), inf),
        (said('ext="a\\", no-store"'), inf),
    ],
)
def test_media_is_kept_as_long_as_the_upstream_says(
    headers: tuple[tuple[str, str], ...], fresh: float
) -> None:
    """If it says nothing, as long as a playlist lists it."""
    caching = caching_of(headers, status=200, trusted=False)
    assert (caching.stored, caching.fresh_seconds) == (True, fresh)


CLOSED = [
    said("no-store"),
    said("private"),
    said('private="Set-Cookie"'),
    said('max-age=60, Private="a, b", public'),
    said('no-cache="Set-Cookie", max-age=60'),
    said("no-cache"),
    said("max-age=0"),
    said("max-age=60, s-maxage=0"),
    said("max-age=junk"),
    said("max-age=-1"),
    said("max-age="),
    said("max-age"),
    said("public", "no-store"),
    said('ext="open, no-store'),
    (*said("max-age=60"), ("Age", "60")),
    (DATE, ("Expires", "0")),
    (DATE, ("Expires", "Wed, 31 Dec 2025 00:00:00 GMT")),
    (DATE, ("Expires", "Thu, 01 Jan 2026 00:00:02")),
    (SOON,),
    (("Vary", "*"),),
    (("Vary", "Accept"), ("Vary", "Origin, *")),
]


@pytest.mark.parametrize("headers", CLOSED)
def test_what_is_not_for_all_or_not_fresh_is_not_kept(
    headers: tuple[tuple[str, str], ...],
) -> None:
    """What is invalid counts as expired (RFC 9111, section 4.2.1)."""
    assert not caching_of(headers, status=200, trusted=False).stored


@pytest.mark.parametrize("headers", [(), *CLOSED])
def test_the_operator_may_trust_the_playlist_alone(
    headers: tuple[tuple[str, str], ...],
) -> None:
    """`store.trust = "playlist"`: whatever the upstream says."""
    caching = caching_of(headers, status=200, trusted=True)
    assert (caching.stored, caching.fresh_seconds) == (True, inf)


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("status", [203, 204, 301, 304, 404, 416, 500, 503])
def test_only_an_answer_with_the_bytes_is_kept(*, status: int, trusted: bool) -> None:
    """A part too, as a part."""
    headers = said("max-age=60")
    assert not caching_of(headers, status=status, trusted=trusted).stored
    assert caching_of(headers, status=206, trusted=trusted).stored


def test_the_age_counts_from_what_the_upstream_reports() -> None:
    """Its own caches have had it for that long."""
    headers = (*said("max-age=60"), ("Age", "7"))
    assert caching_of(headers, status=200, trusted=False) == Caching(
        stored=True, fresh_seconds=60, age=7
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Cache-Control", "Expires", "Date", "Age", "Vary"]),
            st.text('Thu, 01Jan2026:GMT+-9 nostre="\\amxg*', max_size=40),
        )
    )
)
def test_any_fields_have_a_meaning(fields: list[tuple[str, str]]) -> None:
    """And what is kept is fresh."""
    caching = caching_of(tuple(fields), status=200, trusted=False)
    assert caching.stored == (caching.fresh_seconds > caching.age)


@pytest.mark.parametrize(
    ("value", "may"),
    [
        ("max-age=1", True),
        ("max-age=1, stale-if-error=9", True),
        ("max-age=1, must-revalidate", False),
        ("Proxy-Revalidate", False),
        ("s-maxage=1", False),
    ],
)
def test_an_upstream_may_forbid_stale_answers(value: str, *, may: bool) -> None:
    """Even while it fails."""
    assert may_be_stale(said(value)) == may
