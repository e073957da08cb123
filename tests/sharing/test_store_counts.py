"""The share of requests that cost the upstream nothing."""

import pytest

from proxy.sharing.store_counts import StoreCounts


@pytest.mark.parametrize(
    ("counts", "ratio"),
    [
        (StoreCounts(), None),
        (StoreCounts(bypasses=3), 0.0),
        (StoreCounts(ahead=1, hits=1), 0.5),
        (StoreCounts(hits=6, stale=1, joins=2, misses=1, bypasses=2), 0.75),
    ],
)
def test_hits_old_copies_and_joins_cost_nothing(
    counts: StoreCounts, ratio: float | None
) -> None:
    """Misses, requests of a player's own, and what was fetched ahead do."""
    assert counts.use().hit_ratio == ratio
