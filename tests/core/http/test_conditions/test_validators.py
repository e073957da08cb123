"""What the player already has is not sent again."""

import pytest

from proxy.core.http.conditions import answer_of
from proxy.core.http.headers import Fields
from tests.core.http.test_conditions.kept import (
    DATED,
    NEW,
    OLD,
    PART,
    SIZE,
    TAGGED,
    UNCHANGED,
    WEAK,
    WHOLE,
    got,
    short,
)


@pytest.mark.parametrize(
    ("kept", "tags", "unchanged"),
    [
        (TAGGED, '"v1"', True),
        (TAGGED, 'W/"v1"', True),
        (WEAK, '"v1"', True),
        (WEAK, 'W/"v1"', True),
        (TAGGED, '"v0", W/"v1" , "v2"', True),
        (TAGGED, '"v0","v1"', True),
        (TAGGED, "*", True),
        ((), " * ", True),
        (TAGGED, '"v0", ' * 200 + '"v1"', True),
        (TAGGED, '"v2"', False),
        (TAGGED, '"V1"', False),
        (TAGGED, "v1", False),
        (TAGGED, '"v0, "v1', False),
        (TAGGED, "", False),
        (TAGGED, '"*"', False),
        ((("ETag", '"a,b"'),), '"a", "b"', False),
        ((("ETag", '"a,b"'),), '"a,b"', True),
        ((("ETag", "v1"),), "v1", False),
        ((), '"v1"', False),
    ],
)
def test_what_the_player_has_is_not_sent_again(
    kept: Fields, tags: str, *, unchanged: bool
) -> None:
    """Tags are compared weakly, in a list or alone."""
    found = got(kept, if_none_match=tags)
    assert short(found) == (UNCHANGED if unchanged else WHOLE)


def test_the_tags_of_several_fields_are_one_list() -> None:
    """Section 5.3."""
    fields = (("If-None-Match", '"v0"'), ("if-none-match", '"v1"'))
    assert short(answer_of(fields, TAGGED, SIZE)) == UNCHANGED


@pytest.mark.parametrize(
    ("kept", "since", "unchanged"),
    [
        (DATED, OLD, True),
        (DATED, NEW, True),
        (DATED, "Mon, 02 Jan 2023 09:59:59 GMT", False),
        # Without Last-Modified, Date takes its place.
        ((("Date", OLD),), OLD, True),
        ((("Date", NEW),), OLD, False),
        ((), OLD, False),
        ((("Last-Modified", "junk"), ("Date", OLD)), OLD, False),
        # Not a date, so ignored.
        (DATED, "junk", False),
        (DATED, "", False),
        (DATED, f"{OLD}, {OLD}", False),
        (DATED, "Mon, 02 Jan 2023 10:00:00", False),
        (DATED, "Mon, 32 Jan 2023 10:00:00 GMT", False),
        (DATED, "Mon, 02 Jan 99999 10:00:00 GMT", False),
        (DATED, "Mon, 02 Jan 2023 10:00:00 +9999999999999999", False),
        # The two older forms.
        (DATED, "Mon Jan  2 10:00:00 2023", True),
        (DATED, "Monday, 02-Jan-23 10:00:00 GMT", True),
    ],
)
def test_what_has_not_changed_since_is_not_sent_again(
    kept: Fields, since: str, *, unchanged: bool
) -> None:
    """Section 13.1.3; RFC 9111 section 4.3.2."""
    found = got(kept, if_modified_since=since)
    assert short(found) == (UNCHANGED if unchanged else WHOLE)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"if_none_match": '"v1"', "range": "bytes=5-9"}, UNCHANGED),
        ({"if_none_match": '"v1"', "range": "bytes=100-"}, UNCHANGED),
        ({"if_none_match": '"v1"', "range": "x", "if_range": '"v2"'}, UNCHANGED),
        ({"if_none_match": '"v2"', "range": "bytes=5-9"}, PART),
        # With tags, dates do not count.
        ({"if_none_match": '"v2"', "if_modified_since": NEW}, WHOLE),
        ({"if_modified_since": NEW, "range": "bytes=5-9"}, UNCHANGED),
        ({"if_modified_since": "junk", "range": "bytes=5-9"}, PART),
        # Those are for the origin.
        ({"if_match": '"v2"'}, WHOLE),
        ({"if_unmodified_since": "Sun, 01 Jan 2023 10:00:00 GMT"}, WHOLE),
    ],
)
def test_conditions_have_an_order(
    asked: dict[str, str], expected: tuple[int, int, int]
) -> None:
    """Section 13.2.2."""
    assert short(got((*TAGGED, *DATED), **asked)) == expected


def test_a_304_has_the_fields_that_update_what_the_player_has() -> None:
    """Section 15.4.5; a type or a length would be those of another body."""
    updating: Fields = (
        ("ETag", '"v1"'),
        ("Cache-Control", "max-age=5"),
        ("Cache-Control", "public"),
        ("Date", NEW),
        ("Expires", NEW),
        ("Vary", "Origin"),
    )
    others: Fields = (("Content-Type", "video/mp2t"), ("Last-Modified", OLD))
    assert got((*others, *updating), if_none_match="*").headers == updating
