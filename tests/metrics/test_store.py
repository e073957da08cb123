"""Tests of the metrics of the store."""

from proxy.metrics import Metrics
from proxy.sharing.store_counts import StoreCounts
from proxy.streams.status import StoreStatus
from tests.metrics.samples import samples


def test_what_the_store_did_is_read_when_the_numbers_are_asked_for() -> None:
    """By stream and outcome; what never happened has no series."""
    lobby = StoreCounts(
        hits=3, misses=1, ahead=2, fetched_ahead=5, saved_bytes=30, kept=1
    )
    idle = StoreCounts()
    metrics = Metrics("0")
    metrics.watch_store(
        lambda: {"lobby": lobby, "idle": idle}, lambda: StoreStatus(10, 100, 1, 5)
    )

    found = samples(metrics)

    assert found["store_requests_total{outcome=hit,stream=lobby}"] == 3
    assert found["store_requests_total{outcome=miss,stream=lobby}"] == 1
    assert "store_requests_total{outcome=bypass,stream=lobby}" not in found
    assert found["store_saved_bytes_total{stream=lobby}"] == 30
    assert found["store_fills_total{outcome=kept,stream=lobby}"] == 1
    assert not [name for name in found if "idle" in name]
    assert found["store_requests_total{outcome=ahead,stream=lobby}"] == 2
    assert found["store_ahead_total{stream=lobby}"] == 5
    assert found["store_bytes"] == 10
    assert found["store_budget_bytes"] == 100
    assert found["store_entries"] == 1
    assert found["store_evictions_total"] == 5

    lobby.hits += 1
    assert samples(metrics)["store_requests_total{outcome=hit,stream=lobby}"] == 4
