"""What the header fields of an answer say about its freshness."""

import time

import pytest

from proxy.core.http.freshness import Said


@pytest.mark.parametrize(
    ("value", "closed", "fresh"),
    [
        ("", False, None),
        (" , ,", False, None),
        ("no-store", True, None),
        ("no-cache", False, 0),
        ("max-age = 5", False, 5),
        ("max-age=5 , s-maxage=7", False, 7),
        ('x="max-age=1, no-store", max-age=5', False, 5),
        ('x="\\"", no-store', True, None),
        ("max-age=99999999999", False, 0),
    ],
)
def test_directives_are_read_as_written(
    value: str, fresh: float | None, *, closed: bool
) -> None:
    """What stands in quotes is no directive."""
    said = Said.of((("Cache-Control", value),))
    assert (said.closed, said.fresh_seconds) == (closed, fresh)


@pytest.mark.parametrize("date", ["Thu, 01 Jan 0001 00:00:00 +2359", "x", ""])
def test_a_date_that_is_none_counts_as_expired(date: str) -> None:
    """Also one that lies before all time (RFC 9111, section 5.3)."""
    fields = (("Expires", date), ("Date", "Fri, 31 Dec 9999 23:59:59 -2359"))
    assert Said.of(fields).fresh_seconds == 0


@pytest.mark.parametrize("piece", ['"', "\\", "a=", 'a="', " ", ",", '="\\'])
def test_a_long_field_takes_no_long_time(piece: str) -> None:
    """8 kB, the most that a header may have, in less than a tenth of a second."""
    field = (piece * 8192)[:8192]
    began = time.process_time()
    Said.of((("Cache-Control", field), ("Vary", field)))
    assert time.process_time() - began < 0.1
