"""What is kept of an answer besides its bytes."""

import math

from proxy.store.port import Head


def test_a_resource_is_fresh_forever_by_default() -> None:
    """Media without freshness fields never changes."""
    assert Head().fresh_seconds == math.inf


def test_the_repr_shows_no_header_fields() -> None:
    """They may contain what an upstream repeats."""
    assert "secret" not in repr(Head((("ETag", "secret"),)))
