"""Which requests may be shared, and what they want."""

import pytest
from multidict import CIMultiDict

from proxy.core.http.wanted_part import ALL, conditions, wish_of


@pytest.mark.parametrize(
    ("asked", "whole", "span"),
    [
        ("bytes=0-", True, (0, None)),
        ("bytes=0-0", False, (0, 1)),
        ("bytes=5-9", False, (5, 10)),
        ("bytes=5-", False, (5, None)),
        ("bytes=-5", False, None),
    ],
)
def test_one_range_can_be_shared(
    asked: str, span: tuple[int, int | None] | None, *, whole: bool
) -> None:
    """Its span is known, unless it counts from the end."""
    wish = wish_of((("Range", asked),))
    assert wish is not None
    assert (wish.whole, wish.span) == (whole, span)


def test_no_range_wants_all() -> None:
    """That has no span of its own."""
    assert wish_of(()) == ALL
    assert (ALL.whole, ALL.span) == (True, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"If-None-Match": '"a"'},
        {"If-Modified-Since": "Mon, 30 Nov 2026 07:00:00 GMT"},
        {"Range": "bytes=0-", "If-Range": '"a"'},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "bytes=9-5"},
        {"Range": "seconds=0-5"},
    ],
)
def test_what_depends_on_one_player_is_its_own(fields: dict[str, str]) -> None:
    """Or what no player needs."""
    assert wish_of(tuple(fields.items())) is None


def test_only_conditions_count() -> None:
    """In any case of their names."""
    headers = CIMultiDict({"range": "bytes=0-", "Accept": "*/*", "if-range": '"a"'})
    assert conditions(headers) == (("Range", "bytes=0-"), ("If-Range", '"a"'))
    assert conditions({"User-Agent": "x"}) == ()
