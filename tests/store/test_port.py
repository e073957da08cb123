"""What is kept of an answer besides its bytes."""

import math

from proxy.store.port import Head


def test_a_resource_is_good_while_it_is_listed_unless_the_upstream_says_more() -> None:
    """Media that says nothing about freshness never changes."""
    assert Head().fresh_seconds == math.inf


def test_the_repr_shows_no_header_fields() -> None:
    """They may hold what an upstream repeats."""
    assert "secret" not in repr(Head((("ETag", "secret"),)))
