"""The share of requests that cost the upstream nothing."""

import pytest

from proxy.streams.store_counts import StoreCounts


@pytest.mark.parametrize(
    ("counts", "ratio"),
    [
        (StoreCounts(), None),
        (StoreCounts(bypasses=3), 0.0),
        (StoreCounts(hits=6, stale=1, joins=2, misses=1, bypasses=2), 0.75),
    ],
)
def test_hits_old_copies_and_joins_cost_nothing(
    counts: StoreCounts, ratio: float | None
) -> None:
    """Misses and requests of a player's own do."""
    assert counts.use().hit_ratio == ratio
