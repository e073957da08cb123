"""What happened between a stream and its upstream."""

import pytest

from proxy.core.kind import Kind
from proxy.events.upstream import Exchange


@pytest.mark.parametrize(
    ("status", "refused"),
    [(200, False), (304, False), (404, False), (None, False)]
    + [(status, True) for status in (401, 403, 410, 429, 500, 503, 522, 599)],
)
def test_refusals_differ_from_everyday_failures(
    status: int | None,
    refused: bool,  # noqa: FBT001 - both
) -> None:
    """A segment that is gone or a stream that has not started need no report."""
    exchange = Exchange("lobby", Kind.ENTRY, status, None, 0.1, 0.1, 0)
    assert exchange.refused is refused
